//! Who is seated, replaced, dismissed and told of.

use super::*;

const MANY: Limit = Limit { workspace: NonZeroU32::MAX, identity: SOCKETS_PER_IDENTITY };
const ONE: Limit = Limit { workspace: NonZeroU32::MIN, ..MANY };

fn now() -> Ts {
    Ts::from_micros(1_000_000)
}

fn callee() -> Callee {
    let workspace = crate::store::WorkspaceId::new(Ts::from_micros(0));
    Callee { workspace, account_sid: "AC1".into(), identity: "bob".into() }
}

#[test]
fn a_seat_is_seen_until_it_is_dropped() {
    let (hub, callee) = (Arc::new(Hub::default()), callee());
    let binding = BindingId::new(Ts::from_micros(0));
    let seat = hub.join(callee.clone(), binding, None, MANY, now()).expect("a seat");
    assert_eq!(hub.connections(&callee).len(), 1);
    drop(seat);
    assert!(hub.connections(&callee).is_empty());
    assert!(hub.room().seats.is_empty());
}

#[test]
fn a_device_that_comes_again_replaces_itself() {
    let (hub, callee) = (Arc::new(Hub::default()), callee());
    let binding = BindingId::new(Ts::from_micros(0));
    let first = hub.join(callee.clone(), binding, Some("d".into()), MANY, now()).expect("a seat");
    let second = hub.join(callee.clone(), binding, Some("d".into()), MANY, now()).expect("a seat");
    assert!(first.end.is_told());
    assert!(!second.end.is_told());
    drop(first);
    assert!(hub.connection(&callee, binding).is_some());
}

#[test]
fn who_follows_hears_of_devices_and_of_an_identitys_first_and_last_socket() {
    let (sender, mut turns) = mpsc::unbounded_channel();
    let (hub, callee) = (Arc::new(Hub::followed(sender)), callee());
    let ids = [1, 2].map(|number| BindingId::new(Ts::from_micros(number)));
    let first = hub.join(callee.clone(), ids[0], None, MANY, now()).expect("a seat");
    let second = hub.join(callee.clone(), ids[1], Some("d".into()), MANY, now()).expect("a seat");
    drop(first);
    // Another node has the device now; that its socket here ends later says nothing new.
    hub.replace(&callee, ids[1], Ts::from_micros(2_000_000));
    assert!(second.end.is_told());
    drop(second);
    drop(hub);
    let told = std::iter::from_fn(|| turns.try_recv().ok()).map(|turn| format!("{turn:?}"));
    let told: Vec<String> = told.map(|turn| turn.split_once('(').expect("a turn").0.to_owned()).collect();
    assert_eq!(told, ["Came", "Device", "Device", "Left"]);
}

#[test]
fn who_is_dismissed_hears_why() {
    let (hub, callee) = (Arc::new(Hub::default()), callee());
    let seat = hub.join(callee.clone(), BindingId::new(now()), None, MANY, now()).expect("a seat");
    hub.dismiss(Instant::now(), |_, _| None);
    assert!(!seat.end.is_told());
    hub.dismiss(Instant::now(), |_, _| Some(Ending::WorkspaceClosed));
    hub.dismiss(Instant::now(), |_, _| Some(Ending::AccountDisconnected));
    assert_eq!(futures_executor::block_on(seat.end.told()), Ending::WorkspaceClosed);
}

#[test]
fn a_socket_is_judged_by_the_key_it_stands_on_once_that_can_be_known() {
    let (hub, callee) = (Arc::new(Hub::default()), callee());
    let before = Instant::now();
    let seat = hub.join(callee.clone(), BindingId::new(now()), None, MANY, now()).expect("a seat");
    let [old, new] = [1, 2].map(|number| AccountKeyId::new(Ts::from_micros(number)));
    let dismiss = |moment, gone| {
        hub.dismiss(moment, |_, key| (key == Some(gone)).then_some(Ending::KeyRemoved));
    };
    seat.let_in_by(Some(old));
    dismiss(before, old);
    assert!(!seat.end.is_told());
    seat.let_in_by(Some(new));
    dismiss(Instant::now(), old);
    assert!(!seat.end.is_told());
    dismiss(Instant::now(), new);
    assert!(seat.end.is_told());
}

#[test]
fn of_two_sockets_of_a_device_that_cross_the_later_one_stays() {
    let (hub, callee) = (Arc::new(Hub::default()), callee());
    let binding = BindingId::new(Ts::from_micros(0));
    let seat = hub.join(callee.clone(), binding, Some("d".into()), MANY, now()).expect("a seat");
    hub.replace(&callee, binding, Ts::from_micros(999_999));
    assert!(!seat.end.is_told());
    hub.replace(&callee, binding, Ts::from_micros(1_000_001));
    assert!(seat.end.is_told());
    assert!(hub.connections(&callee).is_empty());
}

#[test]
fn a_full_workspace_gets_no_seat_but_for_a_device_that_comes_again() {
    let (hub, callee) = (Arc::new(Hub::default()), callee());
    let ids = [1, 2].map(|number| BindingId::new(Ts::from_micros(number)));
    let join = |binding| hub.join(callee.clone(), binding, None, ONE, now());
    let first = join(ids[0]).expect("a seat");
    assert_eq!(join(ids[1]).err(), Some(Full::Workspace));
    let again = join(ids[0]).expect("its own seat");
    drop(first);
    assert_eq!(join(ids[1]).err(), Some(Full::Workspace));
    drop(again);
    assert!(hub.room().open.is_empty());
    assert!(join(ids[1]).is_ok());
}

#[test]
fn one_identity_has_only_so_many() {
    let (hub, callee) = (Arc::new(Hub::default()), callee());
    let join = |number| {
        let binding = BindingId::new(Ts::from_micros(i64::try_from(number).expect("a number") * 1000));
        hub.join(callee.clone(), binding, None, MANY, now())
    };
    let seats: Vec<_> = (0..SOCKETS_PER_IDENTITY).map(|number| join(number).expect("a seat")).collect();
    assert_eq!(join(SOCKETS_PER_IDENTITY).err(), Some(Full::Identity));
    let other = Callee { identity: "carol".into(), ..callee.clone() };
    assert!(hub.join(other, BindingId::new(Ts::from_micros(0)), None, MANY, now()).is_ok());
    drop(seats);
    assert!(join(SOCKETS_PER_IDENTITY).is_ok());
}
