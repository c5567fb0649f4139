//! Figures, as Prometheus reads them.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::App;
use crate::process::told;
use crate::until::until;

/// What `/metrics` said.
pub struct Figures {
    /// As it came.
    pub text: String,
    /// The names of all figures, as `# TYPE` gives them.
    pub names: BTreeSet<String>,
    /// Every sample's name.
    pub samples: BTreeSet<String>,
    values: BTreeMap<String, f64>,
}

impl Figures {
    fn read(text: String) -> Self {
        let mut names = BTreeSet::new();
        let (mut samples, mut values) = (BTreeSet::new(), BTreeMap::new());
        for line in text.lines() {
            if let Some(typed) = line.strip_prefix("# TYPE ") {
                names.insert(typed.split(' ').next().unwrap_or_default().to_owned());
            } else if !line.starts_with('#') {
                let (series, value) = line.rsplit_once(' ').expect("a sample");
                samples.insert(series.split('{').next().unwrap_or_default().to_owned());
                let before = values.insert(series.to_owned(), value.parse().expect("a number"));
                assert!(before.is_none(), "twice: {series}");
            }
        }
        Self { text, names, samples, values }
    }

    /// The sum of a figure's series that have all of these labels, such as `channel="fcm"`; none when there is no series.
    pub fn find(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let fits = |series: &str| {
            series.split('{').next() == Some(name) && labels.iter().all(|label| series.contains(label))
        };
        let found: Vec<f64> =
            self.values.iter().filter(|(series, _)| fits(series)).map(|(_, value)| *value).collect();
        (!found.is_empty()).then(|| found.iter().sum())
    }

    /// The same, where there must be some.
    #[track_caller]
    pub fn value(&self, name: &str, labels: &[&str]) -> f64 {
        self.find(name, labels).unwrap_or_else(|| panic!("no {name} {labels:?} in\n{}", self.text))
    }
}

impl App {
    /// Where its figures are.
    pub async fn metrics_url(&self) -> String {
        until("the address of the metrics", async || {
            let log = self.log();
            let url = log.lines().find_map(|line| told(line, "metrics ", "metrics"))?;
            Some(if url.ends_with("/metrics") { url } else { format!("{url}/metrics") })
        })
        .await
    }

    /// Its figures, in Prometheus's own text.
    pub async fn figures(&self) -> Figures {
        let answer = self.http.get(self.metrics_url().await).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        Figures::read(answer.text().await.expect("figures"))
    }

    /// Its figures, once this is so.
    pub async fn figures_once(&self, what: &str, is_so: impl Fn(&Figures) -> bool) -> Figures {
        until(what, async || Some(self.figures().await).filter(|figures| is_so(figures))).await
    }
}
