//! The trial city, under the name by which tests know it. It lives in the library, behind the feature `trial`, so that
//! the examples of the documentation run in it, too.

#[allow(unused_imports, reason = "each test uses a part of the city")]
pub(crate) use timebank_wallet::trial::*;
