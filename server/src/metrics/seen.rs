//! What is looked for in memory when somebody asks: queues, lanes, sockets, connections.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::Gauge,
    },
    registry::Registry,
};
use ringhook_openapi::ProviderKind;

use super::labels::{Built, OfFate, OfPool, OfProvider, OfQueue, OfState};
use crate::{
    app::App,
    bus::{Counters, State},
    store::PoolState,
};

/// Kinds of providers that this version speaks to: they are shown before there is any.
const KINDS: [ProviderKind; 2] = [ProviderKind::Fcm, ProviderKind::Apns];

/// A figure between 0 and 2^53.
pub fn gauge(to: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = Gauge::<f64, AtomicU64>::default();
    gauge.set(value);
    to.register(name, help, gauge);
}

/// The same with labels.
pub fn gauges<L>(to: &mut Registry, name: &str, help: &str, values: impl IntoIterator<Item = (L, f64)>)
where
    L: EncodeLabelSet + Clone + std::hash::Hash + Eq + std::fmt::Debug + Send + Sync + 'static,
{
    let family = Family::<L, Gauge<f64, AtomicU64>>::default();
    for (labels, value) in values {
        family.get_or_create(&labels).set(value);
    }
    to.register(name, help, family);
}

/// Puts all into a registry whose prefix is the program's name.
pub fn register(app: &App, to: &mut Registry) {
    let built = Built { version: env!("CARGO_PKG_VERSION"), database: app.ground.store.kind() };
    gauges(to, "build_info", "The program", [(built, 1.0)]);
    let draining = f64::from(app.leaving.is_cancelled());
    gauge(to, "draining", "Whether the node ends, and takes no more calls", draining);
    gauge(to, "sockets_open", "Sockets of devices", app.bus.hub.open() as f64);
    calls(app, to);
    queues(app, to);
    lanes(app, to);
    pools(app, to);
    bus(app, to);
}

fn calls(app: &App, to: &mut Registry) {
    let undecided = app.intake.undecided() as f64;
    gauge(to, "calls_undecided", "Calls that were taken and not answered yet", undecided);
    let (in_hand, limit) = app.dispatch.in_hand();
    gauge(to, "deliveries_in_hand", "Deliveries that this node works on", in_hand as f64);
    gauge(to, "deliveries_in_hand_limit", "So many at most; then calls are answered 503", limit as f64);
}

fn queues(app: &App, to: &mut Registry) {
    let mut queues = vec![("recorder", app.intake.recording()), ("journal", app.dispatch.journal.waiting())];
    queues.extend(app.ground.store.writing());
    let of = |queue| OfQueue { queue };
    let waiting = queues.iter().map(|(queue, (waiting, _))| (of(queue), *waiting as f64));
    gauges(to, "queue_waiting", "What waits to be written", waiting);
    let limits = queues.iter().map(|(queue, (_, limit))| (of(queue), *limit as f64));
    gauges(to, "queue_limit", "So much may wait", limits);
}

/// What the lanes of one kind of provider hold.
#[derive(Default, Clone, Copy)]
struct Lanes {
    lanes: usize,
    open: usize,
    waiting: usize,
    under_way: usize,
}

fn lanes(app: &App, to: &mut Registry) {
    let mut kinds: BTreeMap<ProviderKind, Lanes> = KINDS.map(|kind| (kind, Lanes::default())).into();
    for lane in app.dispatch.lanes() {
        let sum = kinds.entry(lane.kind).or_default();
        sum.lanes += 1;
        sum.open += usize::from(lane.is_open);
        sum.waiting += lane.waiting;
        sum.under_way += lane.under_way;
    }
    let mut show = |name, help, figure: fn(&Lanes) -> usize| {
        let of = |kind: &ProviderKind| OfProvider { provider: kind.as_str() };
        gauges(to, name, help, kinds.iter().map(|(kind, lanes)| (of(kind), figure(lanes) as f64)));
    };
    show("lanes", "Providers that were asked within the last hour", |lanes| lanes.lanes);
    show("breakers_open", "Providers that are asked no more, but for probes", |lanes| lanes.open);
    show("lane_waiting", "Deliveries that wait for their turn at a provider", |lanes| lanes.waiting);
    show("lane_under_way", "Attempts under way at providers", |lanes| lanes.under_way);
}

fn pools(app: &App, to: &mut Registry) {
    let pools = app.ground.store.pools();
    let mut show = |name, help, figure: fn(&PoolState) -> usize| {
        let of = |pool: &PoolState| (OfPool { pool: pool.name }, figure(pool) as f64);
        gauges(to, name, help, pools.iter().map(of));
    };
    show("database_connections", "Connections that are open", |pool| pool.open);
    show("database_connections_in_use", "Connections that are lent out", |pool| pool.in_use);
    show("database_connections_limit", "Connections that may be open", |pool| pool.limit);
    show("database_connections_wanted", "Who waits for a connection", |pool| pool.wanted);
}

fn bus(app: &App, to: &mut Registry) {
    let now = app.bus.state();
    let states = State::ALL.iter().map(|state| (OfState { state: state.as_str() }, f64::from(*state == now)));
    gauges(to, "bus_state", "The way to other nodes: the state that it is in is 1", states);
    gauge(to, "bus_nodes", "Nodes that this one knows of, itself among them", app.bus.nodes() as f64);
    let none = Counters::default();
    let counters = app.bus.counters().unwrap_or(&none);
    let messages = Family::<OfFate, Counter>::default();
    for (fate, count) in [
        ("sent", &counters.sent),
        ("received", &counters.received),
        ("late", &counters.late),
        ("unreadable", &counters.unreadable),
    ] {
        messages.get_or_create(&OfFate { fate }).inc_by(count.load(Ordering::Relaxed));
    }
    to.register("bus_messages", "Messages to and from other nodes", messages);
    let lost = ConstCounter::new(counters.lost.load(Ordering::Relaxed));
    to.register("bus_losses", "Times that NATS was lost", lost);
}
