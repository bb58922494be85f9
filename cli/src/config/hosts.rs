//! The host names that a server may be asked by: `--allowed-host`, `allowedHosts`, and the name that it
//! listens at. What a name may be is `partyrun_runtime`'s to say.

use std::net::IpAddr;

use partyrun_runtime::AllowedHost;
use serde_json::{Map, Value};

use super::error::{ConfigError, Fault};
use super::key_path::KeyPath;
use crate::args::DevArgs;

const FIELD: &str = "allowedHosts";

/// All names. Those of the configuration have been checked: see [`faults`].
pub(super) fn allowed_hosts(
    args: &DevArgs,
    fields: &Map<String, Value>,
    host: &str,
) -> Result<Vec<AllowedHost>, ConfigError> {
    let typed = args.allowed_host.iter().map(|given| {
        AllowedHost::parse(given).map_err(|error| ConfigError::AllowedHost {
            given: given.clone(),
            error,
        })
    });
    let mut allowed: Vec<AllowedHost> = typed.collect::<Result<_, _>>()?;
    let configured = configured(fields).into_iter();
    allowed.extend(configured.filter_map(|(_, text)| AllowedHost::parse(text).ok()));
    if host.parse::<IpAddr>().is_err() {
        // A name that cannot be listened at is no fault of this list.
        allowed.extend(AllowedHost::parse(host));
    }
    Ok(allowed)
}

/// What is wrong with the names of the configuration.
pub(super) fn faults(fields: &Map<String, Value>) -> Vec<Fault> {
    let fault = |(path, given): (KeyPath, &str)| {
        let error = AllowedHost::parse(given).err()?;
        Some(Fault::AllowedHost {
            path,
            given: given.to_owned(),
            error,
        })
    };
    configured(fields).into_iter().filter_map(fault).collect()
}

/// One text or several. Other types are reported elsewhere.
fn configured(fields: &Map<String, Value>) -> Vec<(KeyPath, &str)> {
    let field = KeyPath::default().key(FIELD);
    match fields.get(FIELD) {
        Some(Value::String(text)) => vec![(field, text)],
        Some(Value::Array(values)) => {
            let values = values.iter().enumerate();
            values
                .filter_map(|(index, value)| Some((field.index(index), value.as_str()?)))
                .collect()
        }
        _ => Vec::new(),
    }
}
