use super::*;

fn hour(number: i64) -> Ts {
    Ts::from_micros(1_790_035_200_000_000 + number * 3_600_000_000)
}

fn day(from: i64, until: i64) -> Day {
    let id = |number| Some(NotificationId::first_of(hour(number)));
    Day { name: String::new(), from: id(from), until: id(until) }
}

fn bounds(day: Option<Day>) -> Option<(Ts, Ts)> {
    day.and_then(|day| Some((day.from?.time(), day.until?.time())))
}

#[test]
fn a_missing_day_reaches_as_far_as_no_other_does() {
    assert_eq!(midnight(hour(0)), hour(0), "the tests' first hour is a midnight");
    let call = NotificationId::new(hour(30));
    let missing = |days: &[Day]| missing(Diary::Attempts, days, call);
    assert_eq!(bounds(missing(&[])), Some((hour(24), hour(48))));
    assert_eq!(missing(&[]).map(|day| day.name).as_deref(), Some("attempts_20260923"));
    assert_eq!(bounds(missing(&[day(0, 24), day(48, 72)])), Some((hour(24), hour(48))));
    assert_eq!(bounds(missing(&[day(0, 26), day(40, 72)])), Some((hour(26), hour(40))));
    assert!(missing(&[day(24, 48)]).is_none());
    let past = Day { from: None, ..day(0, 48) };
    assert!(missing(&[past]).is_none());
}
