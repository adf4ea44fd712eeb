//! What the names in a script stand for, apart from what the script itself creates; see `city.rs`.

use crate::hash::{Domain, Hash, hash};
use crate::id::{OrganisationId, StaffId};
use crate::record::budget::{PoolId, PoolKind};
use crate::record::organisation::Role;
use crate::signature::{PublicKey, SecretKey};
use crate::validator::Validator;

/// Districts by name, with their division codes.
pub(super) const DISTRICTS: [(&str, u64); 3] = [
    ("xuanwu", 320_102),
    ("gulou", 320_106),
    ("jiangbei", 320_111),
];
/// The city's division code.
pub(super) const CITY: OrganisationId = OrganisationId(320_100);

/// The secret key that belongs to `name`.
pub(super) fn secret(name: &str) -> SecretKey {
    SecretKey::from_seed(&hash(Domain::Identity, &[b"key of ", name.as_bytes()]).0)
}

/// The public key that belongs to `name`; under the name `weak`, one of small order that nobody may register.
pub(super) fn public(name: &str) -> PublicKey {
    if name == "weak" {
        let mut identity_point = [0; 32];
        identity_point[0] = 1;
        PublicKey(identity_point)
    } else {
        secret(name).public_key()
    }
}

/// The commitment the registry makes for `name`.
pub(super) fn identity(name: &str) -> Hash {
    hash(Domain::Identity, &[b"identity of ", name.as_bytes()])
}

/// The organisation a script calls `text`.
pub(super) fn organisation(text: &str) -> OrganisationId {
    let mut parts = text.split('/');
    let head = parts.next().unwrap_or_default();
    let code = match DISTRICTS.iter().find(|(name, _)| *name == head) {
        Some((_, code)) => *code,
        None if head == "nanjing" => CITY.0,
        None => head
            .parse()
            .unwrap_or_else(|_| panic!("no organisation is called {text:?}")),
    };
    OrganisationId(parts.fold(code, |code, part| {
        let number: u64 = part
            .parse()
            .expect("streets and service points are numbered");
        code * 1_000 + number
    }))
}

/// The street a script means by a home: a district's name stands for its first street.
pub(super) fn home(text: &str) -> OrganisationId {
    if DISTRICTS.iter().any(|(name, _)| *name == text) {
        organisation(&format!("{text}/1"))
    } else {
        organisation(text)
    }
}

/// The pool a script calls `text`, for example `gulou:donation`.
pub(super) fn pool(text: &str) -> PoolId {
    let (owner, kind) = text.split_once(':').expect("a pool is owner:kind");
    let kind = match kind {
        "donation" => PoolKind::Donation,
        "grant" => PoolKind::Grant,
        "reserve" => PoolKind::Reserve,
        other => panic!("no kind of pool is called {other:?}"),
    };
    PoolId {
        organisation: organisation(owner),
        kind,
    }
}

/// The validator a script calls `name`, of an office.
fn validator(name: &str, power: u64, office: &str) -> Validator {
    Validator {
        organisation: organisation(office),
        consensus_key: public(name),
        peer_key: secret(&format!("peer of {name}")).public_key(),
        power,
    }
}

/// The validators `v1=10` or `v1=10@gulou/2`, as a list in order.
pub(super) fn validators(described: &[&str]) -> Vec<Validator> {
    let mut list: Vec<_> = described
        .iter()
        .map(|text| {
            let (name, power) = text.split_once('=').expect("a name and a power");
            let (power, office) = power.split_once('@').unwrap_or((power, "gulou/1"));
            validator(name, power.parse().expect("a power"), office)
        })
        .collect();
    list.sort_by_key(|it| it.consensus_key);
    list
}

const ROLES: [(&str, Role, u32); 8] = [
    ("administrator", Role::Administrator, 1),
    ("registrar", Role::Registrar, 11),
    ("clerk", Role::Clerk, 21),
    ("social", Role::SocialWorker, 31),
    ("treasurer", Role::Treasurer, 41),
    ("arbiter", Role::Arbiter, 51),
    ("auditor", Role::Auditor, 61),
    ("registry", Role::IdentityRegistry, 71),
];

/// The role a script calls `name`.
pub(super) fn role(name: &str) -> Role {
    let found = ROLES.iter().find(|(known, ..)| *known == name);
    found
        .unwrap_or_else(|| panic!("no role is called {name:?}"))
        .1
}

/// The staff entry a script calls `text`; none when it is no name of staff.
pub(super) fn staff(text: &str) -> Option<StaffId> {
    let (title, place) = text.split_once('@')?;
    let number = match title.strip_prefix('#') {
        Some(number) => number.parse().expect("a staff number"),
        None => {
            let name = title.trim_end_matches(|it: char| it.is_ascii_digit());
            let which: u32 = title[name.len()..].parse().unwrap_or(1);
            let found = ROLES.iter().find(|(known, ..)| *known == name);
            found
                .unwrap_or_else(|| panic!("no role is called {name:?}"))
                .2
                + which
                - 1
        }
    };
    Some(StaffId {
        organisation: organisation(place),
        number,
    })
}

/// The name under which the key, the identity and the account of a staff entry's human are kept.
pub(super) fn staff_name(staff: StaffId) -> String {
    format!("{}@{}", staff.number, staff.organisation.0)
}

/// The key that belongs to a staff entry.
pub(super) fn staff_secret(staff: StaffId) -> SecretKey {
    secret(&staff_name(staff))
}
