//! What stands beside the exported project for whoever runs it. Owns the texts; decides nothing.

use super::wrangler::Configuration;

/// The names of secrets, for a file of values that is not committed.
pub fn example(secrets: &[String]) -> String {
    let mut text =
        String::from("# Copy this to `.dev.vars` and fill it in. Never commit that file.\n");
    for name in secrets {
        text += &format!("{name}=\n");
    }
    text
}

/// The commands of each engine.
pub fn text(configuration: &Configuration) -> String {
    let Configuration {
        name, elsewhere, ..
    } = configuration;
    let mut text = format!(
        "# {name}, for engines of Durable Objects\n\n\
         Made by `partyrun build --target workers`, which overwrites what is here. Rooms answer at\n\
         `/parties/main/<room>`, over HTTP and WebSocket, as under `partyrun dev`. What is stored in rooms under\n\
         `partyrun dev` does not move here by itself.\n\n\
         ## Cloudflare\n\n\
         \x20   npx wrangler deploy --dry-run       # only checks\n\
         \x20   npx wrangler deploy\n"
    );
    for secret in &elsewhere.secrets {
        text += &format!("    npx wrangler secret put {secret}\n");
    }
    text += "\n## workerd, on a machine of your own\n\n    npx workerd serve wrangler.jsonc --experimental\n";
    if !elsewhere.secrets.is_empty() {
        text += "\nworkerd reads no file of secrets: build with `--with-secrets`, which writes their values into\n`wrangler.jsonc`, and never commit that file.\n";
    }
    text += "\nSeveral machines share the rooms when they share a bucket: publish the project there, and start each\n\
             node with the configuration that `docs/scaling.md` of partyrun shows.\n\n\
             \x20   npx workerd deploy --experimental --bucket s3://<bucket>/<prefix> .\n\n\
             ## celld\n\nIt reads `wrangler.jsonc`: put `celld.jsonc` in its place.\n\n\
             \x20   celld deploy . --bucket s3://<bucket>/<prefix>\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_has_names_and_no_values() {
        let text = example(&["A".to_owned(), "B".to_owned()]);
        assert!(text.ends_with("A=\nB=\n"), "{text}");
    }
}
