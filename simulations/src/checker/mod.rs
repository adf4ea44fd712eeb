//! What must hold of every run, one property a file.

pub mod agreement;
pub mod durability;

use crate::cluster::Cluster;

/// Checks everything that must hold of a run at any time.
///
/// # Errors
/// Says what does not hold.
pub fn check(cluster: &Cluster) -> Result<(), String> {
    agreement::check(cluster)?;
    durability::check(cluster)
}
