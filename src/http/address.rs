//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use actix_web::{
    dev::ServiceRequest,
    http::header::{HeaderMap, X_FORWARDED_FOR},
};

/// The caller's address: the peer's, unless `proxies` that are trusted stand in between. Each of them adds the address that it was called from, so
/// the caller's stands that many entries from the right; what is left of it the caller may have made up.
pub fn caller_address(request: &ServiceRequest, proxies: usize) -> Option<IpAddr> {
    let peer = || request.peer_addr().map(|peer| peer.ip());
    forwarded(request.headers(), proxies).or_else(peer).map(|address| address.to_canonical())
}

/// The entry that the first of the trusted proxies added.
fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let place = proxies.checked_sub(1)?;
    let mut entries = Vec::new();
    for line in headers.get_all(X_FORWARDED_FOR) {
        entries.extend(line.to_str().ok()?.split(',').map(str::trim));
    }
    let entry = *entries.iter().rev().nth(place)?;
    // Some proxies add the port.
    entry.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn address(proxies: usize, lines: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr("10.0.0.9:4000".parse().unwrap());
        for line in lines {
            request = request.append_header((X_FORWARDED_FOR, *line));
        }
        caller_address(&request.to_srv_request(), proxies).unwrap().to_string()
    }

    #[test]
    fn only_what_trusted_proxies_added_is_believed() {
        let lines = ["203.0.113.7, 198.51.100.2"];
        assert_eq!(address(0, &lines), "10.0.0.9");
        assert_eq!(address(1, &lines), "198.51.100.2");
        assert_eq!(address(2, &lines), "203.0.113.7");
        assert_eq!(address(3, &lines), "10.0.0.9", "fewer entries than proxies");
        assert_eq!(address(2, &["203.0.113.7", "198.51.100.2"]), "203.0.113.7", "lines are one list");
    }

    #[test]
    fn what_is_no_address_is_not_believed() {
        assert_eq!(address(1, &[]), "10.0.0.9");
        for entry in ["unknown", "", "203.0.113.7, ", "203.0.113.700", "_hidden", "203.0.113.7 198.51.100.2"] {
            assert_eq!(address(1, &[entry]), "10.0.0.9", "{entry}");
        }
    }

    #[test]
    fn addresses_are_written_in_one_way() {
        assert_eq!(address(1, &["203.0.113.7:51324"]), "203.0.113.7");
        assert_eq!(address(1, &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(address(1, &["2001:DB8:0::1"]), "2001:db8::1");
        assert_eq!(address(1, &["::ffff:203.0.113.7"]), "203.0.113.7");
    }
}
