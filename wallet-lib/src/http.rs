//! Nodes over HTTP: one is asked, and the next one when it does not answer.

use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::transport::{
    ANSWER_BYTES_MAX, Content, Method, Request, Response, Transport, TransportError,
};

/// How long connecting to a node may take.
const CONNECT_MS_MAX: u64 = 5_000;

/// Nodes that stand in for each other, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    nodes: Vec<String>,
    agent: ureq::Agent,
}

impl HttpTransport {
    /// The nodes at `nodes`, such as `http://127.0.0.1:7180`, as if they were one: every one is asked until one answers, be it
    /// one that lags. A client that is to tell them apart gets [`HttpTransport::each`].
    pub fn new(nodes: impl IntoIterator<Item = String>) -> HttpTransport {
        let config = ureq::Agent::config_builder()
            // Every status is an answer; what it means is the client's business.
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_millis(CONNECT_MS_MAX)))
            .build();
        HttpTransport {
            nodes: nodes
                .into_iter()
                .map(|node| node.trim_end_matches('/').to_owned())
                .collect(),
            agent: ureq::Agent::with_parts(
                config,
                DefaultConnector::default(),
                LiteralFirst::default(),
            ),
        }
    }

    /// A transport of its own for each of `nodes`: for a client that asks the next one when one lies or lags, and not only
    /// when it is away ([`Client::among`](crate::Client::among)).
    pub fn each(nodes: impl IntoIterator<Item = String>) -> Vec<HttpTransport> {
        let HttpTransport { nodes, agent } = HttpTransport::new(nodes);
        let transport = |node| HttpTransport {
            nodes: vec![node],
            agent: agent.clone(),
        };
        nodes.into_iter().map(transport).collect()
    }

    fn ask(&self, node: &str, request: &Request) -> Result<Response, TransportError> {
        let failed = |reason: String| TransportError {
            node: node.to_owned(),
            reason,
        };
        let url = format!("{node}{}", request.path);
        let timeout = Some(Duration::from_millis(request.timeout_ms));
        let accept = request.accept.media_type();
        let answer = match (request.method, &request.body) {
            (Method::Get, _) => self
                .agent
                .get(&url)
                .config()
                .timeout_global(timeout)
                .build()
                .header("accept", accept)
                .call(),
            (Method::Post, body) => {
                let (content, bytes) = match body {
                    Some((content, bytes)) => (*content, bytes.as_slice()),
                    None => (Content::Json, [].as_slice()),
                };
                self.agent
                    .post(&url)
                    .config()
                    .timeout_global(timeout)
                    .build()
                    .header("accept", accept)
                    .content_type(content.media_type())
                    .send(bytes)
            }
        };
        let mut answer = answer.map_err(|error| failed(error.to_string()))?;
        let retry_after_s = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let limit = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(u64::MAX);
        let mut body = Vec::new();
        answer
            .body_mut()
            .as_reader()
            .take(limit.saturating_add(1))
            .read_to_end(&mut body)
            .map_err(|error| failed(error.to_string()))?;
        if body.len() > ANSWER_BYTES_MAX {
            return Err(failed(format!(
                "its answer is longer than {ANSWER_BYTES_MAX} bytes"
            )));
        }
        Ok(Response {
            node: node.to_owned(),
            status: answer.status().as_u16(),
            retry_after_s,
            body,
        })
    }
}

impl Transport for HttpTransport {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let mut last = TransportError {
            node: "none".to_owned(),
            reason: "no node is configured".to_owned(),
        };
        for node in &self.nodes {
            match self.ask(node, request) {
                Ok(response) => return Ok(response),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Looks names up as usual, but starts no thread for an address that is given in numbers: with a time limit, the usual
/// resolver starts one for each request.
#[derive(Debug, Default)]
struct LiteralFirst {
    names: DefaultResolver,
}

impl Resolver for LiteralFirst {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let literal = uri
            .scheme()
            .zip(uri.authority())
            .and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority))
            .and_then(|address| address.parse::<SocketAddr>().ok());
        let family = config.ip_family();
        let Some(address) = family.keep_wanted(literal.into_iter()).next() else {
            return self.names.resolve(uri, config, timeout);
        };
        let mut resolved = self.empty();
        resolved.push(address);
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use ureq::config::IpFamily;

    use super::*;

    /// A server that answers one connection with `answer` and returns the head and body it was sent.
    fn serve_once(answer: &'static str) -> (String, JoinHandle<(String, Vec<u8>)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            (head.to_lowercase(), body)
        });
        (address, served)
    }

    /// An address nobody listens at.
    fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    #[test]
    fn every_status_is_an_answer_and_the_body_is_read() {
        let (node, served) = serve_once(
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: 7\r\ncontent-length: 5\r\n\r\nhello",
        );
        let transport = HttpTransport::new([format!("{node}/")]);
        let response = transport
            .request(&Request::get("/v1/status?x=1".to_owned()))
            .unwrap();
        assert_eq!(
            response,
            Response {
                node,
                status: 503,
                retry_after_s: Some(7),
                body: b"hello".to_vec()
            }
        );
        let (head, _) = served.join().unwrap();
        assert!(head.starts_with("get /v1/status?x=1 http/1.1"), "{head}");
        assert!(head.contains("accept: application/json"), "{head}");
    }

    #[test]
    fn a_body_is_sent_with_its_type_and_the_next_node_is_asked_when_one_is_away() {
        let (node, served) = serve_once("HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}");
        let transport = HttpTransport::new([nobody(), node.clone()]);
        let request = Request {
            method: Method::Post,
            body: Some((Content::Borsh, vec![1, 2, 3])),
            ..Request::get("/v1/transactions".to_owned())
        };
        let response = transport.request(&request).unwrap();
        assert_eq!((response.status, response.node), (202, node));
        let (head, body) = served.join().unwrap();
        assert!(
            head.contains("content-type: application/octet-stream"),
            "{head}"
        );
        assert_eq!(body, [1, 2, 3]);
    }

    #[test]
    fn when_nobody_answers_the_last_one_asked_is_named() {
        let (first, last) = (nobody(), nobody());
        let transport = HttpTransport::new([first, last.clone()]);
        let error = transport
            .request(&Request::get("/v1/status".to_owned()))
            .unwrap_err();
        assert_eq!(error.node, last);
        let none = HttpTransport::new([]).request(&Request::get("/".to_owned()));
        assert_eq!(none.unwrap_err().reason, "no node is configured");
    }

    fn resolved(
        uri: &str,
        family: IpFamily,
        timeout: NextTimeout,
    ) -> Result<Vec<SocketAddr>, ureq::Error> {
        let config = ureq::Agent::config_builder().ip_family(family).build();
        let found = LiteralFirst::default().resolve(&uri.parse().unwrap(), &config, timeout)?;
        Ok(found.iter().copied().collect())
    }

    #[test]
    fn an_address_in_numbers_is_itself_and_no_thread_looks_it_up() {
        // A thread would not have answered yet.
        let no_time = || NextTimeout {
            after: Duration::ZERO.into(),
            ..NextTimeout::default()
        };
        for (uri, address) in [
            ("http://127.0.0.1:7180/v1/status", "127.0.0.1:7180"),
            ("http://127.0.0.1:80", "127.0.0.1:80"),
            ("https://127.0.0.1", "127.0.0.1:443"),
            ("http://[::1]:80", "[::1]:80"),
        ] {
            let address: SocketAddr = address.parse().unwrap();
            let found = resolved(uri, IpFamily::Any, no_time()).unwrap();
            assert_eq!(found, [address], "{uri}");
        }
    }

    #[test]
    fn a_name_is_looked_up_as_usual() {
        let uri = "http://localhost:7180";
        let found = resolved(uri, IpFamily::Any, NextTimeout::default()).unwrap();
        assert!(!found.is_empty());
        for address in found {
            assert!(address.ip().is_loopback() && address.port() == 7180);
        }
    }

    #[test]
    fn an_address_of_a_family_that_is_not_wanted_is_not_taken() {
        let resolved = |uri: &str, family| resolved(uri, family, NextTimeout::default());
        let found = resolved("http://[::1]:80", IpFamily::Ipv6Only).unwrap();
        assert_eq!(found, ["[::1]:80".parse::<SocketAddr>().unwrap()]);
        for (uri, family) in [
            ("http://127.0.0.1:80", IpFamily::Ipv6Only),
            ("http://[::1]:80", IpFamily::Ipv4Only),
        ] {
            let error = resolved(uri, family).unwrap_err();
            assert!(matches!(error, ureq::Error::HostNotFound), "{uri}: {error}");
        }
    }
}
