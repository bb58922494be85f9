//! Processor time of a process with all its children, as Linux counts it in `/proc`. Never guesses: where there is no
//! `/proc` it says so.

use std::fs;
use std::time::Duration;

use super::memory;

/// Linux counts for programs in hundredths of a second, whatever ticks it has itself.
const TICK: Duration = Duration::from_millis(10);

/// Processor time, for programs and in the kernel, of `root` and all below it that live.
///
/// # Errors
/// Where the system does not tell.
pub fn of_tree(root: u32) -> Result<Duration, String> {
    let processes = memory::tree(root);
    let texts = processes
        .iter()
        .filter_map(|process| fs::read_to_string(format!("/proc/{}/stat", process.id)).ok());
    let times: Vec<Duration> = texts.filter_map(|text| parse_stat(&text)).collect();
    match times.is_empty() {
        true => Err("No processor time to be read from: /proc".to_owned()),
        false => Ok(times.iter().sum()),
    }
}

/// `utime` and `stime`, the 14th and 15th field; the 2nd, the command, may itself contain brackets and spaces.
fn parse_stat(text: &str) -> Option<Duration> {
    let (_, rest) = text.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_programs_and_of_the_kernel_is_one() {
        let text = "17 (a (b) c) S 4 17 17 0 -1 4194560 10 0 0 0 250 31 9 9 20 0 1 0 100";
        assert_eq!(parse_stat(text), Some(Duration::from_millis(2810)));
        assert_eq!(parse_stat("17 (a) S 4"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_computes_takes_time() {
        let id = std::process::id();
        let before = of_tree(id).expect("Linux has /proc");
        let begun = std::time::Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if of_tree(id).expect("Linux has /proc") > before {
                return;
            }
        }
        panic!("no time has passed");
    }
}
