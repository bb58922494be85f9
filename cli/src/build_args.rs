//! The flags of `partyrun build` as they were typed. Owns names and help texts; never decides what a value
//! means.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use crate::args::DevArgs;

/// Where a build is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Engines of Durable Objects: Cloudflare, workerd, celld
    Workers,
}

/// What the rooms of a new party keep their storage in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Storage {
    /// A SQLite database for each room
    Sqlite,
    /// The older kind, with the limits of the original
    Kv,
}

/// What was typed after `partyrun build`.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct BuildArgs {
    /// The server's file, relative to the current folder; overrides `main` of the configuration
    pub script: Option<PathBuf>,

    /// Make a project for this platform [default: check and bundle the server's code, nothing else]
    #[arg(long, value_enum)]
    pub target: Option<Target>,

    /// Folder to write to [default: dist/workers, or dist/server without a target]
    #[arg(short, long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,

    /// Run the result under npm's workerd and compare its answers with those of `partyrun dev`
    #[arg(long, requires = "target")]
    pub check: bool,

    /// Make the code small
    #[arg(long)]
    pub minify: bool,

    /// Storage of parties that are new [default: sqlite]
    #[arg(long, value_enum, requires = "target")]
    pub storage: Option<Storage>,

    /// Write the values of secrets too, for an engine on a machine of your own; never commit the result
    #[arg(long, requires = "target")]
    pub with_secrets: bool,

    /// Configuration file [default: found as `partyrun dev` does]
    #[arg(short, long, value_name = "FILE", help_heading = "Project")]
    pub config: Option<PathBuf>,

    /// Folder of static files, relative to the current folder; replaces all of `serve`
    #[arg(long, value_name = "FOLDER", help_heading = "Project")]
    pub serve: Option<PathBuf>,

    /// Add to `room.env`, as a value that is written down; wins over `vars` and the environment files
    #[arg(short, long, value_name = "KEY=VALUE", num_args = 1.., help_heading = "Environment")]
    pub var: Vec<String>,

    /// Replace a name in the code by a JavaScript expression; wins over `define`
    #[arg(short, long, value_name = "NAME=EXPRESSION", num_args = 1.., help_heading = "Environment")]
    pub define: Vec<String>,

    /// Take the names of secrets from this environment file instead of .env and .env.local; may repeat
    #[arg(long, value_name = "FILE", help_heading = "Environment")]
    pub env_file: Vec<PathBuf>,
}

impl BuildArgs {
    /// The flags that `dev` has too. Expressions of crons are checked, because they are to run.
    pub fn as_dev(&self) -> DevArgs {
        DevArgs {
            script: self.script.clone(),
            config: self.config.clone(),
            serve: self.serve.clone(),
            var: self.var.clone(),
            define: self.define.clone(),
            env_file: self.env_file.clone(),
            cron: true,
            ..DevArgs::default()
        }
    }
}
