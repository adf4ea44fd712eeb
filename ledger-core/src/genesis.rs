//! The genesis document: the city as it is before the first block. Its hash is the chain id.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::hash::{Domain, Hash, hash_of};
use crate::id::{AccountId, ChainId, Height, OrganisationId, ServiceCode, StaffId};
use crate::ledger::membership;
use crate::record::account::{AccountKind, AccountRecord};
use crate::record::chain::{ChainPurpose, ChainRecord, ValidatorsRecord};
use crate::record::organisation::{Level, OrganisationRecord, Role, StaffRecord};
use crate::record::policy::{
    CatalogueEntry, CatalogueHistory, PolicyEntry, PolicyHistory, PolicyParameter, PolicyValue,
};
use crate::record::supply::SupplyRecord;
use crate::signature::{KeyError, PublicKey};
use crate::state::{DueEntry, MemoryState, Overlay, Record, StateKey, StateWrites, tree};
use crate::time::{Calendar, Day, TimestampMs};
use crate::validator::ValidatorSet;

/// The genesis format this build reads.
pub const GENESIS_VERSION: u16 = 1;
/// The longest encoding of a genesis document, in bytes.
pub const GENESIS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A city as it is before the first block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// [`GENESIS_VERSION`].
    pub version: u16,
    /// Production or test.
    pub purpose: ChainPurpose,
    /// By which instants become days.
    pub calendar: Calendar,
    /// The first block's time is later than this.
    pub time_ms: TimestampMs,
    /// The founding organisations, parents before children; the first is the city.
    pub organisations: Vec<GenesisOrganisation>,
    /// The founding staff's own accounts.
    pub accounts: Vec<GenesisAccount>,
    /// The founding staff.
    pub staff: Vec<GenesisStaff>,
    /// The city's policy where it differs from the defaults.
    pub policies: Vec<GenesisPolicy>,
    /// The catalogue of services.
    pub catalogue: Vec<GenesisService>,
    /// The first validators.
    pub validators: ValidatorSet,
}

/// A founding organisation.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisOrganisation {
    /// Its division code.
    pub organisation: OrganisationId,
    /// The one above; none for the city.
    pub parent: Option<OrganisationId>,
    /// Its level.
    pub level: Level,
    /// How many administrators sign for it.
    pub threshold: u8,
}

/// A founding person's account; its id derives from the commitment.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// The registry's salted commitment to the identity.
    pub identity: Hash,
    /// The home street.
    pub home: OrganisationId,
    /// The holder's key.
    pub key: PublicKey,
}

impl GenesisAccount {
    /// The account's id.
    pub fn id(&self) -> AccountId {
        AccountId::from_seed(&self.identity)
    }
}

/// A founding staff entry.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisStaff {
    /// The entry's name.
    pub staff: StaffId,
    /// The entry.
    pub record: StaffRecord,
}

/// A value of the city's policy from the first day on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisPolicy {
    /// Which parameter.
    pub parameter: PolicyParameter,
    /// Its value.
    pub value: PolicyValue,
}

/// A service code from the first day on.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisService {
    /// The code.
    pub code: ServiceCode,
    /// Its bounds and multiplier.
    pub entry: CatalogueEntry,
}

/// Why a genesis document cannot begin a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// A version this build does not know.
    #[error(
        "genesis version {version} is not known here; this build reads version {GENESIS_VERSION}"
    )]
    Version {
        /// The version given.
        version: u16,
    },
    /// The first organisation is not a city without parent.
    #[error("the first organisation must be the city, without parent")]
    City,
    /// An organisation twice, without a parent listed before it, or of the wrong level.
    #[error(
        "organisation {organisation:?} is listed twice, before its parent, or at the wrong level"
    )]
    Organisation {
        /// Which.
        organisation: OrganisationId,
    },
    /// An account twice, or whose home is not a listed street.
    #[error("account {account} is listed twice, or its home is not a listed street office")]
    Account {
        /// Which.
        account: AccountId,
    },
    /// A staff entry twice, without organisation, person or roles, or an identity registry outside the city.
    #[error(
        "staff entry {staff:?} is listed twice, or its organisation, person or roles are not in order"
    )]
    Staff {
        /// Which.
        staff: StaffId,
    },
    /// A key that may not be registered.
    #[error("key {key}: {reason}")]
    Key {
        /// The key.
        key: PublicKey,
        /// Why not.
        reason: KeyError,
    },
    /// A threshold no signatures can reach, or of 0 with administrators.
    #[error(
        "organisation {organisation:?} has {people} administrators and a threshold of {threshold}"
    )]
    Threshold {
        /// Which.
        organisation: OrganisationId,
        /// Different people among the administrators listed.
        people: u16,
        /// The threshold given.
        threshold: u8,
    },
    /// A policy parameter twice or out of bounds.
    #[error("policy parameter {parameter:?} is listed twice or out of bounds")]
    Policy {
        /// Which.
        parameter: PolicyParameter,
    },
    /// A service code twice or with bounds that admit no service.
    #[error("service code {code} is listed twice, or its bounds admit no service")]
    Service {
        /// Which.
        code: ServiceCode,
    },
    /// A validator whose organisation is not listed.
    #[error("the validator of organisation {organisation:?} belongs to no listed organisation")]
    Validator {
        /// Which.
        organisation: OrganisationId,
    },
}

impl Genesis {
    /// The chain id: the hash of this document.
    pub fn chain_id(&self) -> ChainId {
        ChainId(hash_of(Domain::Genesis, self))
    }

    /// The city.
    ///
    /// # Errors
    /// When no organisation is listed.
    pub fn city(&self) -> Result<OrganisationId, GenesisError> {
        self.organisations
            .first()
            .map(|city| city.organisation)
            .ok_or(GenesisError::City)
    }

    /// Checks the document and makes it the state before the first block.
    ///
    /// # Errors
    /// See [`GenesisError`].
    pub fn writes(&self) -> Result<StateWrites, GenesisError> {
        if self.version != GENESIS_VERSION {
            return Err(GenesisError::Version {
                version: self.version,
            });
        }
        let empty = MemoryState::default();
        let mut state = Overlay::new(&empty);
        state.store(
            &StateKey::Chain,
            &ChainRecord {
                city: self.city()?,
                calendar: self.calendar,
                purpose: self.purpose,
                time_floor_ms: self.time_ms,
            },
        );
        state.store(&StateKey::Supply, &SupplyRecord::default());
        self.write_organisations(&mut state)?;
        self.write_accounts(&mut state)?;
        self.write_staff(&mut state)?;
        self.write_policy(&mut state)?;
        for validator in self.validators.as_slice() {
            let organisation = validator.organisation;
            if !exists::<OrganisationRecord>(&state, &StateKey::Organisation(organisation)) {
                return Err(GenesisError::Validator { organisation });
            }
        }
        let validators = ValidatorsRecord {
            current: self.validators.clone(),
            changed_at: Height::GENESIS,
            recent: Vec::new(),
        };
        state.store(&StateKey::Validators, &validators);
        // Each month that is closed queues the next one; this is the first.
        let first_close = DueEntry::month_close(self.calendar, self.calendar.month(self.time_ms));
        state.store(&StateKey::Due(first_close), &first_close);
        state.keep();
        membership::follow_accounts(&mut state).expect("a state in memory holds what was written");
        let (records, remembered, forgotten_hours) = state.into_changes();
        let tree = tree::update(&empty, &records).expect("a state in memory can be read");
        Ok(StateWrites {
            records,
            remembered,
            forgotten_hours,
            tree,
        })
    }

    /// The state before the first block.
    ///
    /// # Errors
    /// See [`GenesisError`].
    pub fn state(&self) -> Result<MemoryState, GenesisError> {
        let mut state = MemoryState::default();
        state.apply(&self.writes()?);
        Ok(state)
    }

    fn write_organisations(&self, state: &mut Overlay<'_>) -> Result<(), GenesisError> {
        for (index, listed) in self.organisations.iter().enumerate() {
            let organisation = listed.organisation;
            let key = StateKey::Organisation(organisation);
            let expected_parent = match (index, listed.level, listed.parent) {
                (0, Level::City, None) => None,
                (0, ..) => return Err(GenesisError::City),
                (_, Level::District, Some(parent)) => Some((parent, Level::City)),
                (_, Level::Street, Some(parent)) => Some((parent, Level::District)),
                (_, Level::ServicePoint, Some(parent)) => Some((parent, Level::Street)),
                _ => return Err(GenesisError::Organisation { organisation }),
            };
            let parent_fits = expected_parent.is_none_or(|(parent, level)| {
                load::<OrganisationRecord>(state, &StateKey::Organisation(parent))
                    .is_some_and(|it| it.level == level)
            });
            if !parent_fits || exists::<OrganisationRecord>(state, &key) {
                return Err(GenesisError::Organisation { organisation });
            }
            let administrators: Vec<_> = self
                .staff
                .iter()
                .filter(|entry| entry.staff.organisation == organisation)
                .filter(|entry| entry.record.has(Role::Administrator))
                .map(|entry| entry.record.person)
                .collect();
            // A threshold counts people, who may have several entries.
            let people: BTreeSet<_> = administrators.iter().collect();
            let people = u16::try_from(people.len()).unwrap_or(u16::MAX);
            let administrators = u16::try_from(administrators.len()).unwrap_or(u16::MAX);
            if u16::from(listed.threshold) > people || (listed.threshold == 0) != (people == 0) {
                return Err(GenesisError::Threshold {
                    organisation,
                    people,
                    threshold: listed.threshold,
                });
            }
            let record = OrganisationRecord {
                level: listed.level,
                parent: listed.parent,
                threshold: listed.threshold,
                administrators,
            };
            state.store(&key, &record);
        }
        Ok(())
    }

    fn write_accounts(&self, state: &mut Overlay<'_>) -> Result<(), GenesisError> {
        for listed in &self.accounts {
            let account = listed.id();
            let key = listed.key;
            key.check_registrable()
                .map_err(|reason| GenesisError::Key { key, reason })?;
            let home: Option<OrganisationRecord> =
                load(state, &StateKey::Organisation(listed.home));
            let district = match home {
                Some(OrganisationRecord {
                    level: Level::Street,
                    parent: Some(district),
                    ..
                }) => district,
                _ => return Err(GenesisError::Account { account }),
            };
            if exists::<AccountRecord>(state, &StateKey::Account(account)) {
                return Err(GenesisError::Account { account });
            }
            let kind = AccountKind::Person {
                identity: listed.identity,
            };
            state.store(
                &StateKey::Account(account),
                &AccountRecord::new(kind, listed.home, district, Some(key)),
            );
            state.store(&StateKey::Identity(listed.identity), &account);
        }
        Ok(())
    }

    fn write_staff(&self, state: &mut Overlay<'_>) -> Result<(), GenesisError> {
        let city = self.city()?;
        for GenesisStaff { staff, record } in &self.staff {
            let key = record.key;
            key.check_registrable()
                .map_err(|reason| GenesisError::Key { key, reason })?;
            let in_order =
                exists::<OrganisationRecord>(state, &StateKey::Organisation(staff.organisation))
                    && !exists::<StaffRecord>(state, &StateKey::Staff(*staff))
                    && record.has_roles_in_order()
                    && (!record.has(Role::IdentityRegistry) || staff.organisation == city);
            let person = StateKey::Account(record.person);
            let (true, Some(mut account)) = (in_order, load::<AccountRecord>(state, &person))
            else {
                return Err(GenesisError::Staff { staff: *staff });
            };
            account.staff_entries = account.staff_entries.saturating_add(1);
            state.store(&person, &account);
            state.store(&StateKey::Staff(*staff), record);
        }
        Ok(())
    }

    fn write_policy(&self, state: &mut Overlay<'_>) -> Result<(), GenesisError> {
        let city = self.city()?;
        for GenesisPolicy { parameter, value } in &self.policies {
            let key = StateKey::Policy(city, *parameter);
            if !value.fits(*parameter) || exists::<PolicyHistory>(state, &key) {
                return Err(GenesisError::Policy {
                    parameter: *parameter,
                });
            }
            let entries = vec![PolicyEntry {
                from_day: Day(0),
                value: Some(value.clone()),
            }];
            state.store(&key, &PolicyHistory { entries });
        }
        for GenesisService { code, entry } in &self.catalogue {
            let key = StateKey::Catalogue(*code);
            if !entry.is_usable() || exists::<CatalogueHistory>(state, &key) {
                return Err(GenesisError::Service { code: *code });
            }
            state.store(
                &key,
                &CatalogueHistory {
                    entries: vec![(Day(0), Some(*entry))],
                },
            );
        }
        Ok(())
    }
}

fn load<T: Record>(state: &Overlay<'_>, key: &StateKey) -> Option<T> {
    state
        .load(key)
        .expect("a state in memory holds what was written")
}

fn exists<T: Record>(state: &Overlay<'_>, key: &StateKey) -> bool {
    load::<T>(state, key).is_some()
}
