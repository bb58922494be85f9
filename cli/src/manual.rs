//! What the command line is turned into for others to read: completion scripts for shells, and manual
//! pages. Owns no text of its own: all of it is in the definition of the command line.

use clap::builder::Resettable;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::command::definition;

const PROGRAM: &str = "partyrun";

/// The completion script for `shell`. It offers what the help shows.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    let mut command = without_hidden(&definition());
    clap_complete::generate(shell, &mut command, PROGRAM, &mut script);
    String::from_utf8(script).expect("names and help texts are UTF-8")
}

/// The names of all manual pages: the program's, and one for each command.
pub fn pages() -> Vec<String> {
    let program = definition();
    let commands = program.get_subcommands().filter(|it| !it.is_hide_set());
    let of_commands = commands.map(|command| format!("{PROGRAM}-{}", command.get_name()));
    std::iter::once(PROGRAM.to_owned())
        .chain(of_commands)
        .collect()
}

/// The manual page of the program, or of a command; nothing if there is no such command.
pub fn page(command: Option<&str>) -> Option<String> {
    let mut program = definition().disable_help_subcommand(true);
    program.build();
    let version = concat!("partyrun ", env!("CARGO_PKG_VERSION"));
    let shown = match command {
        None => program,
        Some(name) => {
            let command = program.find_subcommand(name)?.clone();
            command.display_name(format!("{PROGRAM}-{name}"))
        }
    };
    let more = shown.get_after_help().map(ToString::to_string);
    let mut page = Vec::new();
    Man::new(shown.after_help(Resettable::Reset))
        .source(version)
        .manual("partyrun")
        .render(&mut page)
        .expect("writing to memory");
    let page = String::from_utf8(page).expect("names and help texts are UTF-8");
    Some(page + &as_it_is(&more.unwrap_or_default()))
}

/// Examples and tables, whose lines must stay as they are; elsewhere the formatter of pages fills lines.
fn as_it_is(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text.replace('\\', "\\\\").replace('-', "\\-");
    // A line that began with a dot or a quote would be a command of the formatter.
    let lines: Vec<_> = escaped.lines().map(|line| format!("\\&{line}\n")).collect();
    format!(".SH NOTES\n.nf\n{}.fi\n", lines.concat())
}

/// The command as its help shows it: the generators of scripts take every flag they find.
fn without_hidden(command: &clap::Command) -> clap::Command {
    let arguments = command.get_arguments().filter(|it| !it.is_hide_set());
    let commands = command.get_subcommands().filter(|it| !it.is_hide_set());
    let mut shown = clap::Command::new(command.get_name().to_owned())
        .disable_version_flag(command.is_disable_version_flag_set())
        .args(arguments.cloned())
        .subcommands(commands.map(without_hidden));
    if let Some(about) = command.get_about() {
        shown = shown.about(about.clone());
    }
    shown
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, ValueEnum as _};

    use super::*;
    use crate::command::Args;

    #[test]
    fn every_shell_has_a_script_that_knows_the_flags() {
        for shell in Shell::value_variants() {
            let script = completions(*shell);
            for shown in ["https-key-path", "completions", "licenses", "dry-run"] {
                assert!(script.contains(shown), "{shell}: {shown}");
            }
        }
    }

    #[test]
    fn completions_leave_out_what_the_help_leaves_out() {
        let args = Args::command();
        let hidden: Vec<_> = args
            .get_subcommands()
            .flat_map(clap::Command::get_arguments)
            .filter(|argument| argument.is_hide_set())
            .filter_map(|argument| Some(argument.get_long()?.to_owned()))
            .collect();
        assert!(hidden.iter().all(|flag| flag == "unstable_outdir"));
        assert!(!hidden.is_empty());
        for shell in Shell::value_variants() {
            let script = completions(*shell);
            for flag in &hidden {
                assert!(!script.contains(flag), "{shell}: {flag}");
            }
        }
    }

    #[test]
    fn every_command_has_a_page_with_its_flags_and_examples() {
        let names = pages();
        for name in ["partyrun", "partyrun-dev", "partyrun-test", "partyrun-man"] {
            assert!(names.iter().any(|it| it == name), "{name}: {names:?}");
        }
        let dev = page(Some("dev")).expect("it is a command");
        for part in [
            ".TH partyrun-dev 1",
            "https\\-key\\-path",
            "PARTYRUN_IDLE_MS",
        ] {
            assert!(dev.contains(part), "{part}: {dev}");
        }
        assert!(!dev.contains("unstable"), "{dev}");
        let test = page(Some("test")).expect("it is a command");
        assert!(test.contains("any free one"), "{test}");
        assert_eq!(page(Some("deploy")), None);
        assert!(
            page(None)
                .expect("the program's own")
                .contains("partyrun init")
        );
    }
}
