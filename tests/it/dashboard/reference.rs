//! The reference of the API, as it is served.

use ringhook_openapi::codes::CODES;
use ringhook_tests::app::App;
use ringhook_tests::both;
use serde_json::Value;

/// The API's pages, by what the overview links to.
async fn pages(app: &App) -> Vec<String> {
    let overview = app.reader().get("/api/docs").await.expect(200).html;
    let links = overview.split("<h2 ").skip(1).filter_map(|noun| noun.split("href=\"").nth(1));
    links.filter_map(|link| link.split('"').next()).map(str::to_owned).collect()
}

both! {
    async fn every_operation_is_explained_within_the_budget(app: App) {
        let document = app.reader().get("/api/openapi.json").await.expect(200).html;
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let mut explained = Vec::new();
        for path in pages(&app).await {
            let page = app.reader().get(&path).await.expect(200);
            assert!(page.html.len() < 60 * 1024, "{path}: {} bytes", page.html.len());
            assert!(!page.html.contains("<script>") && !page.html.contains(" style="), "{path}");
            explained.push(page.html);
        }
        let methods = document["paths"].as_object().expect("paths").values();
        for operation in methods.flat_map(|methods| methods.as_object().expect("methods").values()) {
            let heading = format!("<h2 id={}>", operation["operationId"]);
            assert_eq!(explained.iter().filter(|page| page.contains(&heading)).count(), 1, "{heading}");
        }
    }

    async fn a_problem_leads_to_its_explanation(app: App) {
        let refused: Value = reqwest::get(format!("{}/api/v1/bindings", app.url())).await.expect("an answer")
            .json().await.expect("JSON");
        let (path, code) = refused["type"].as_str().expect("a type").split_once('#').expect("a fragment");
        let page = app.reader().get(path).await.expect(200);
        assert!(page.html.contains(&format!("id=\"{code}\"")), "{code}");
        for code in CODES {
            assert!(page.html.contains(&format!("id=\"{}\"", code.code)), "{}", code.code);
        }
        app.reader().get("/api/docs/nothing").await.expect(404);
    }
}
