//! One request to the URL in the second argument by the client named in the first; prints `STATUS code` or the error.
//! With `version CRATE` it prints the version of a crate.
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments[1] == "version" {
        println!("{}", version(&arguments[2]).unwrap_or("unknown"));
        return;
    }
    let answer = match arguments[1].as_str() {
        "reqwest" => with_reqwest(&arguments[2]),
        "ureq" => with_ureq(&arguments[2]),
        other => Err(format!("unknown client {other}")),
    };
    match answer {
        Ok(status) => println!("STATUS {status}"),
        Err(error) => println!("{error}"),
    }
}

fn version(name: &str) -> Option<&'static str> {
    let after = include_str!("../Cargo.lock").split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
    after.split('"').next()
}

fn with_reqwest(url: &str) -> Result<u16, String> {
    let client = reqwest::blocking::Client::builder()
        .timeout(Duration::from_secs(15))
        .build()
        .map_err(|e| format!("{e:?}"))?;
    client.get(url).send().map(|r| r.status().as_u16()).map_err(|e| format!("{e:?}"))
}

fn with_ureq(url: &str) -> Result<u16, String> {
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::PlatformVerifier)
        .build();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(15)))
        .http_status_as_error(false)
        .tls_config(tls)
        .build()
        .into();
    agent.get(url).call().map(|r| r.status().as_u16()).map_err(|e| e.to_string())
}
