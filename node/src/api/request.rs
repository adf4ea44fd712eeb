//! Reading requests: values of a path, and queries; whatever cannot be understood is answered with which part it is.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::ApiError;
use crate::replica::ClientAddress;

/// In this header a proxy writes on whose behalf it calls, after whatever its own caller has written there.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// How much of a part that cannot be understood is repeated.
const SHOWN_CHARACTERS_MAX: usize = 100;

/// Which part of a request cannot be understood; a word of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A value in the path.
    Path,
    /// What comes after `?`.
    Query,
    /// What a list is to go on after.
    Cursor,
}

impl Part {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Part::Path => "path",
            Part::Query => "query",
            Part::Cursor => "cursor",
        }
    }
}

/// That `part` of a request, `value`, cannot be understood.
pub(super) fn malformed(part: Part, value: &str, reason: impl std::fmt::Display) -> ApiError {
    ApiError::RequestMalformed {
        part,
        value: value.chars().take(SHOWN_CHARACTERS_MAX).collect(),
        reason: reason.to_string(),
    }
}

/// A value of a path.
pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T, ApiError>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| malformed(Part::Path, text, error))
}

/// What a list is to go on after.
pub(super) fn cursor<T: std::str::FromStr>(text: &str) -> Result<T, ApiError>
where
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| malformed(Part::Cursor, text, error))
}

/// The one value of a path; one that is no text is an [`ApiError`] like any other.
#[derive(Clone, Debug)]
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Named, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Named(text)),
            Err(error) => Err(malformed(Part::Path, parts.uri.path(), error.body_text())),
        }
    }
}

/// A query; one that cannot be understood is an [`ApiError`] like any other.
#[derive(Clone, Copy, Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked<T>, ApiError> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(query)) => Ok(Asked(query)),
            Err(error) => {
                let text = parts.uri.query().unwrap_or_default();
                Err(malformed(Part::Query, text, error.body_text()))
            }
        }
    }
}

/// Where a request came from. A proxy on this machine is believed about whom it calls for: behind one, all clients would be
/// one otherwise, and pay for each other's wrong signatures. It is counted on for nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Caller(pub ClientAddress);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Infallible> {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = match connected.map(|ConnectInfo(address)| address.ip().to_canonical()) {
            Some(address) if !address.is_loopback() => Some(address),
            // Only where there is no socket, as in a test, is nothing known.
            local => forwarded_for(parts).or(local),
        };
        Ok(Caller(
            address.map_or(ClientAddress::LOCAL, ClientAddress::from),
        ))
    }
}

/// Whom the proxy that called names: the last address, as the ones before it may be its caller's invention. So a proxy must
/// append: one that hands the header on as it came lets its caller be whoever it wants.
fn forwarded_for(parts: &Parts) -> Option<IpAddr> {
    let header = parts.headers.get_all(FORWARDED_FOR).iter().next_back()?;
    let last = header.to_str().ok()?.rsplit(',').next()?;
    parse_address(last.trim())
}

/// An address as proxies write it: by itself, in brackets, with a port or without.
fn parse_address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip().to_canonical());
    }
    let bracketed = text.strip_prefix('[')?.strip_suffix(']')?;
    let address = bracketed.parse::<Ipv6Addr>().ok()?;
    Some(IpAddr::V6(address).to_canonical())
}
