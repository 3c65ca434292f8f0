//! What the system knows of this process, under the names that all Prometheus clients use.

use std::fs;

use chatchat_adapters::live::Live;
use prometheus_client::registry::Registry;

/// What the kernel counts processor time in for programs: `USER_HZ`, which is 100 on all platforms.
const TICKS_A_SECOND: u64 = 100;

/// Lets be shown what it uses; nothing on systems without `/proc`.
pub(crate) fn register(registry: &mut Registry) {
    let help = "Memory in use";
    registry.register(
        "process_resident_memory_bytes",
        help,
        Live::gauge("process", || one(resident_bytes())),
    );
    let help = "Processor time used, in whole seconds";
    registry.register("process_cpu_seconds", help, Live::counter("process", || one(cpu_seconds())));
    registry.register(
        "process_open_fds",
        "Open files and sockets",
        Live::gauge("process", || one(open_files())),
    );
}

fn one(value: Option<u64>) -> Vec<(String, u64)> {
    value.map(|value| ("server".to_owned(), value)).into_iter().collect()
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = resident.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// The fields `utime` and `stime`, the 14th and 15th; the second holds spaces and ends with a parenthesis.
fn cpu_seconds() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<u64> = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    Some(ticks.iter().sum::<u64>() / TICKS_A_SECOND)
}

fn open_files() -> Option<u64> {
    u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}
