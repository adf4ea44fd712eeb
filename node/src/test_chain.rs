//! A chain for tests: a city with a district and a street, one account and one staff entry, one validator, and its only node.

use std::sync::Arc;

use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisStaff,
};
use ledger_core::hash::Hash;
use ledger_core::id::{OrganisationId, StaffId};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::government::RegisterOrganisation;
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorSet};

use crate::consensus::LastSigned;
use crate::replica::{Replica, ReplicaConfig};
use crate::storage::{MemoryDisk, Storage};

pub(crate) const CITY: OrganisationId = OrganisationId(320_100);
pub(crate) const NOW_MS: u64 = 1_800_000_000_000;

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub(crate) fn genesis() -> Genesis {
    let organisation = |id, parent: Option<u64>, level, threshold| GenesisOrganisation {
        organisation: OrganisationId(id),
        parent: parent.map(OrganisationId),
        level,
        threshold,
    };
    let account = GenesisAccount {
        identity: Hash([1; 32]),
        home: OrganisationId(320_102_001),
        key: key(1).public_key(),
    };
    let person = account.id();
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(NOW_MS),
        organisations: vec![
            organisation(320_100, None, Level::City, 1),
            organisation(320_102, Some(320_100), Level::District, 0),
            organisation(320_102_001, Some(320_102), Level::Street, 0),
        ],
        accounts: vec![account],
        staff: vec![GenesisStaff {
            staff: administrator(),
            record: StaffRecord {
                key: key(2).public_key(),
                roles: vec![Role::Administrator],
                person,
            },
        }],
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: ValidatorSet::new(vec![Validator {
            organisation: OrganisationId(320_102_001),
            consensus_key: key(3).public_key(),
            peer_key: key(4).public_key(),
            power: 1,
        }])
        .unwrap(),
    }
}

fn administrator() -> StaffId {
    StaffId {
        organisation: CITY,
        number: 1,
    }
}

pub(crate) fn signed(operation: Operation) -> SealedEnvelope {
    let transaction = Transaction {
        chain_id: genesis().chain_id(),
        version: TRANSACTION_VERSION,
        signer: Signer::Staff(administrator()),
        valid_until_ms: TimestampMs(NOW_MS + 1_000_000),
        nonce: [7; 16],
        operation,
    };
    let signature = transaction.sign(&key(2));
    SealedEnvelope::new(Envelope::new(
        transaction,
        [SignedBy {
            signer: Signer::Staff(administrator()),
            signature,
        }],
    ))
}

pub(crate) fn register() -> SealedEnvelope {
    signed(Operation::RegisterOrganisation(RegisterOrganisation {
        organisation: OrganisationId(320_104),
        parent: CITY,
        level: Level::District,
    }))
}

/// What is on `disk`, for this chain.
pub(crate) fn open_storage(disk: &Arc<MemoryDisk>) -> Storage {
    Storage::open_memory(disk, genesis().chain_id())
        .unwrap()
        .storage
}

/// The only node of a new chain on `disk`, which knows that it has signed nothing yet; it is not started. The validator's
/// key is `key(3)`.
pub(crate) fn only_node(disk: &Arc<MemoryDisk>, config: ReplicaConfig) -> Replica {
    let storage = open_storage(disk);
    let nothing = LastSigned::NOTHING.encode();
    storage.last_signed.store(&nothing).unwrap();
    Replica::open(config, genesis(), storage).unwrap()
}
