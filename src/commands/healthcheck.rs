//! `patron healthcheck`: for containers that have no other program to ask with.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use super::Outcome;
use crate::config::Config;

/// Asks `/readyz` on this machine.
///
/// # Errors
/// When nobody answers, or not with 200.
pub fn run(config: &Config) -> Outcome {
    // A server that listens on every address is asked on this machine's own.
    let ip = if config.addr.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { config.addr.ip() };
    let address = SocketAddr::new(ip, config.addr.port());
    let patience = Duration::from_secs(5);
    let mut stream = TcpStream::connect_timeout(&address, patience).map_err(|error| format!("nobody answers on {address}: {error}"))?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.lines().next() {
        Some(line) if line.contains(" 200 ") => Ok(()),
        line => Err(format!("{address} answers {:?}", line.unwrap_or_default()).into()),
    }
}
