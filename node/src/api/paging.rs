//! Pages of lists.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Items of a page when none is asked for.
const LIMIT_DEFAULT: usize = 100;
/// The most items of a page.
pub const LIMIT_MAX: usize = 1_000;

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most so many items; 100 when not given, at most 1,000.
    pub limit: Option<usize>,
    /// What the page before gave as `next`.
    pub after: Option<String>,
}

impl PageQuery {
    /// How many items the page has at most.
    pub fn limit(&self) -> usize {
        limit(self.limit)
    }
}

/// How many items a page has at most when `asked` were asked for.
pub fn limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// To be given as `after` for the next page; none on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The whole list on one page.
    pub const fn whole(items: Vec<T>) -> Page<T> {
        Page { items, next: None }
    }
}
