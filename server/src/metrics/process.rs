//! The process as the system sees it, under the names that Prometheus's own libraries give it. Linux alone tells.

use prometheus_client::{metrics::gauge::Gauge, registry::Registry};

/// Puts them into a registry without a prefix. What cannot be read is left out.
#[cfg(target_os = "linux")]
pub fn register(to: &mut Registry) {
    use std::sync::atomic::AtomicU64;

    use prometheus_client::metrics::counter::ConstCounter;

    let Ok(process) = procfs::process::Process::myself() else { return };
    let mut gauge = |name: &str, help: &str, value: f64| {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value);
        to.register(name, help, gauge);
    };
    if let Ok(count) = process.fd_count() {
        gauge("process_open_fds", "Open file descriptors", count as f64);
    }
    if let Ok(procfs::process::LimitValue::Value(most)) =
        process.limits().map(|limits| limits.max_open_files.soft_limit)
    {
        gauge("process_max_fds", "File descriptors that may be open", most as f64);
    }
    let Ok(stat) = process.stat() else { return };
    let ticks = procfs::ticks_per_second() as f64;
    gauge("process_resident_memory_bytes", "Resident memory", (stat.rss * procfs::page_size()) as f64);
    gauge("process_virtual_memory_bytes", "Virtual memory", stat.vsize as f64);
    gauge("process_threads", "Threads", stat.num_threads as f64);
    if let Ok(boot) = procfs::boot_time_secs() {
        let started = boot as f64 + stat.starttime as f64 / ticks;
        gauge("process_start_time_seconds", "When the process began, in Unix time", started);
    }
    let seconds = (stat.utime + stat.stime) as f64 / ticks;
    to.register("process_cpu_seconds", "User and system time", ConstCounter::new(seconds));
}

/// Nothing to tell.
#[cfg(not(target_os = "linux"))]
pub fn register(_: &mut Registry) {}
