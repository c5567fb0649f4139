//! Charts as plain SVG: drawn on the server, coloured by the stylesheet, each beside a table that says the same.

/// Width of every chart, in its own units; the page scales it.
pub const WIDTH: u32 = 720;
/// Height of every chart.
pub const HEIGHT: u32 = 180;

/// One column: what it stands for, and how many of each kind.
#[derive(Debug, Clone)]
pub struct Column {
    /// When it begins, in UTC.
    pub at: String,
    /// The lower part.
    pub good: u64,
    /// The upper part.
    pub bad: u64,
}

/// A rectangle of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
}

/// Columns of two parts, the one on the other.
#[derive(Debug, Clone)]
pub struct Columns {
    columns: Vec<Column>,
}

impl Columns {
    /// Of these columns, from left to right.
    pub const fn new(columns: Vec<Column>) -> Self {
        Self { columns }
    }

    /// What it shows.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The largest column.
    pub fn top(&self) -> u64 {
        self.columns.iter().map(|column| column.good + column.bad).max().unwrap_or_default()
    }

    /// The lower parts, and the upper ones.
    pub fn bars(&self) -> (Vec<Bar>, Vec<Bar>) {
        let (top, count) = (self.top().max(1), self.columns.len().max(1));
        let step = f64::from(WIDTH) / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (place, column) in (0_u32..).zip(&self.columns) {
            let (left, right) = (whole(f64::from(place) * step), whole(f64::from(place + 1) * step));
            let width = (right - left).saturating_sub(1).max(1);
            let (lower, upper) = (share(column.good, top), share(column.bad, top));
            if lower > 0 {
                good.push(Bar { x: left, y: HEIGHT - lower, width, height: lower });
            }
            if upper > 0 {
                bad.push(Bar { x: left, y: (HEIGHT - lower).saturating_sub(upper), width, height: upper });
            }
        }
        (good, bad)
    }
}

/// A line over time; where there is nothing it has a gap.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its class, for its colour.
    pub class: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its values, from left to right.
    pub values: Vec<Option<u64>>,
}

impl Line {
    /// The paths that draw it, below `top`.
    pub fn path(&self, top: u64) -> String {
        let step = f64::from(WIDTH) / f64::from(u32::try_from(self.values.len().max(1)).unwrap_or(u32::MAX));
        let (mut path, mut is_down) = (String::new(), false);
        for (place, value) in (0_u32..).zip(&self.values) {
            let Some(value) = value else {
                is_down = false;
                continue;
            };
            let (x, y) = (whole((f64::from(place) + 0.5) * step), HEIGHT - share(*value, top.max(1)));
            // A point that stands alone is drawn by the line's round cap.
            let stroke = if is_down { format!("L{x} {y}") } else { format!("M{x} {y}h1") };
            path.push_str(&stroke);
            is_down = true;
        }
        path
    }
}

/// The largest value of some lines.
pub fn top_of(lines: &[Line]) -> u64 {
    lines.iter().flat_map(|line| line.values.iter().flatten()).copied().max().unwrap_or_default()
}

/// A value's height: what is there at all is seen.
fn share(value: u64, top: u64) -> u32 {
    if value == 0 {
        return 0;
    }
    let share = u128::from(value) * u128::from(HEIGHT - 4) / u128::from(top.max(1));
    u32::try_from(share).unwrap_or(HEIGHT).clamp(2, HEIGHT - 4)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place within a chart")]
fn whole(place: f64) -> u32 {
    place.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_on_each_other() {
        let column = |good, bad| Column { at: String::new(), good, bad };
        let columns = Columns::new(vec![column(3, 1), column(0, 0), column(0, 4)]);
        let (good, bad) = columns.bars();
        assert_eq!((good.len(), bad.len()), (1, 2));
        assert_eq!(good[0].y + good[0].height, HEIGHT);
        assert_eq!(bad[0].y + bad[0].height, good[0].y);
        assert_eq!(good[0].height + bad[0].height, bad[1].height);
    }

    #[test]
    fn a_line_has_gaps_where_nothing_is() {
        let line = Line { class: "p50", name: "p50", values: vec![Some(1), None, Some(2), Some(2)] };
        assert_eq!(line.path(2).matches('M').count(), 2);
        assert_eq!(line.path(2).matches('L').count(), 1);
    }
}
