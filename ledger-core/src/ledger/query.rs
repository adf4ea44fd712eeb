//! What the rules would look up, for those who show it to people.

use std::rc::Rc;

use crate::id::OrganisationId;
use crate::record::policy::{PolicyHistory, PolicyParameter, PolicyValue};
use crate::state::{Overlay, StateError, StateKey, StateView};
use crate::time::Day;

/// The value of `parameter` in force in `district` on `day`, the tighter of the city's and the district's, and who set it;
/// nobody for a default. For the city itself, `district` is the city.
///
/// # Errors
/// When the storage fails.
pub fn policy_in_force(
    view: &dyn StateView,
    city: OrganisationId,
    district: OrganisationId,
    parameter: PolicyParameter,
    day: Day,
) -> Result<(PolicyValue, Option<OrganisationId>), StateError> {
    in_force(&Overlay::new(view), city, district, parameter, day)
}

/// See [`policy_in_force`].
pub(super) fn in_force(
    state: &Overlay<'_>,
    city: OrganisationId,
    district: OrganisationId,
    parameter: PolicyParameter,
    day: Day,
) -> Result<(PolicyValue, Option<OrganisationId>), StateError> {
    let set = |scope| -> Result<Option<PolicyValue>, StateError> {
        let history: Option<Rc<PolicyHistory>> =
            state.share(&StateKey::Policy(scope, parameter))?;
        Ok(history.and_then(|history| history.on(day).cloned()))
    };
    let (value, set_by) = match set(city)? {
        Some(value) => (value, Some(city)),
        None => (parameter.default_value(), None),
    };
    if district == city {
        return Ok((value, set_by));
    }
    // A district's value was no looser when it was set; the city's may have become tighter since.
    match set(district)? {
        Some(tighter) if !tighter.is_looser_than(&value, parameter.direction()) => {
            Ok((tighter, Some(district)))
        }
        _ => Ok((value, set_by)),
    }
}
