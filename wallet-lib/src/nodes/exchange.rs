//! What was asked of a node and what it said, kept while it may become evidence.

use serde::{Deserialize, Serialize};

use crate::transport::{Request, Response};

/// The most exchanges of one read that are kept: the first, and the last ones.
pub const EXCHANGES_MAX: usize = 16;
/// The most bytes of one answer that are kept.
pub const ANSWER_KEPT_BYTES_MAX: usize = 256 * 1024;

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Path and query of the request.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// How many bytes the answer had.
    pub length: usize,
    /// The answer's bytes as text, at most [`ANSWER_KEPT_BYTES_MAX`]; as hexadecimal digits after `hex:` when they are no
    /// text.
    pub answer: String,
}

impl Exchange {
    fn of(request: &Request, response: &Response) -> Exchange {
        let body = &response.body;
        let kept = body.get(..ANSWER_KEPT_BYTES_MAX).unwrap_or(body);
        let answer = match std::str::from_utf8(kept) {
            Ok(text) => text.to_owned(),
            // A character may have been cut in two.
            Err(error) if error.error_len().is_none() && kept.len() < body.len() => {
                String::from_utf8_lossy(&kept[..error.valid_up_to()]).into_owned()
            }
            Err(_) => format!("hex:{}", hex::encode(kept)),
        };
        Exchange {
            path: request.path.clone(),
            status: response.status,
            length: body.len(),
            answer,
        }
    }
}

/// The exchanges of one read.
#[derive(Debug, Default)]
pub(crate) struct Exchanges(Vec<Exchange>);

impl Exchanges {
    /// Takes one in.
    pub(crate) fn note(&mut self, request: &Request, response: &Response) {
        if self.0.len() == EXCHANGES_MAX {
            // The first stays: what comes after is about the record it proves.
            self.0.remove(1);
        }
        self.0.push(Exchange::of(request, response));
    }

    /// All of them.
    pub(crate) fn into_vec(self) -> Vec<Exchange> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(path: &str, body: Vec<u8>) -> (Request, Response) {
        let response = Response {
            node: "a".to_owned(),
            status: 200,
            retry_after_s: None,
            body,
        };
        (Request::get(path.to_owned()), response)
    }

    #[test]
    fn the_first_and_the_last_exchanges_stay() {
        let mut exchanges = Exchanges::default();
        for number in 0..100 {
            let (request, response) = exchange(&format!("/{number}"), Vec::new());
            exchanges.note(&request, &response);
        }
        let kept = exchanges.into_vec();
        assert_eq!(kept.len(), EXCHANGES_MAX);
        assert_eq!(kept[0].path, "/0");
        assert_eq!(kept[1].path, "/85");
        assert_eq!(kept[EXCHANGES_MAX - 1].path, "/99");
    }

    #[test]
    fn a_long_answer_is_cut_between_characters_and_bytes_are_shown_as_digits() {
        let (request, response) = exchange("/", "名".repeat(ANSWER_KEPT_BYTES_MAX).into_bytes());
        let kept = Exchange::of(&request, &response);
        assert_eq!(kept.length, 3 * ANSWER_KEPT_BYTES_MAX);
        assert_eq!(kept.answer.chars().count(), ANSWER_KEPT_BYTES_MAX / 3);
        let (request, response) = exchange("/", vec![0xff, 0x00]);
        assert_eq!(Exchange::of(&request, &response).answer, "hex:ff00");
    }
}
