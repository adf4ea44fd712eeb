//! What a certificate of service is made of: everything somebody gave, proven by one node in one block, and nothing left out.

use ledger_core::codec;
use ledger_core::id::AccountId;
use ledger_core::proof::{BlockProof, ProofBundle};
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::state::StateKey;
use ledger_core::state::overlay::RECORD_BYTES_MAX;

use super::Client;
use crate::answer::{Problem, ServiceRecordAnswer};
use crate::error::{Error, UnprovenError};
use crate::nodes::Asking;
use crate::service_record::CertificateError;
use crate::transport::{Request, Transport, failure, json, malformed};
use crate::verify::Freshness;

impl<T: Transport> Client<T> {
    /// A proof of everything `account` has given, in all and by year, and of its key, from the genesis document on.
    ///
    /// # Errors
    /// [`CertificateError::NoService`] and [`CertificateError::NoHolder`] when it is proven that there is nothing to show, or
    /// nobody who could consent to showing it; otherwise the node's, and those of the proof.
    pub fn prove_service_record(
        &self,
        account: AccountId,
        freshness: Freshness,
    ) -> Result<ProofBundle, Error> {
        self.read(freshness, |node| {
            let block = node.service_record_proof(account, freshness)?;
            node.bundle(block)
        })
    }
}

impl<T: Transport> Asking<'_, T> {
    fn service_record_proof(
        &self,
        account: AccountId,
        freshness: Freshness,
    ) -> Result<BlockProof, Error> {
        let missing = || UnprovenError::Missing {
            thing: "service record".to_owned(),
            id: account.to_string(),
        };
        let path = format!("/v1/accounts/{account}/service-record?proof=true");
        let response = self.send(&Request::get(path))?;
        let node = response.node.clone();
        let (answer, proof) = match response.status {
            200..=299 => {
                let mut answer: ServiceRecordAnswer = json(response)?;
                let proof = answer.proof.take().ok_or_else(missing)?;
                (Some(answer), proof)
            }
            404 => {
                let problem: Problem = json(response)?;
                (None, problem.proof.ok_or_else(missing)?)
            }
            _ => return Err(failure(&response)),
        };
        let record = proof.record(&StateKey::ServiceRecord(account))?;
        let record: Option<ServiceRecord> = record.map(|it| decode(account, it)).transpose()?;
        self.check_header(&proof.header, &proof.certificate)?;
        proof.check_age(freshness.now_ms, freshness.age_ms_max)?;
        self.go_on_to(&proof.header, &proof.certificate)?;
        let time_ms = proof.header.time_ms;
        let (Some(answer), Some(record)) = (answer, record) else {
            return Err(CertificateError::NoService { account, time_ms }.into());
        };
        let holder = answer.membership_proof.ok_or_else(missing)?;
        let mut years = Vec::with_capacity(answer.years.len());
        for item in answer.years {
            let key = StateKey::ServiceYear(account, item.year);
            years.push((key, item.proof.ok_or_else(missing)?));
        }
        let mut block = BlockProof::from(proof);
        if holder.record(&StateKey::Membership(account))?.is_none() {
            return Err(CertificateError::NoHolder { account, time_ms }.into());
        }
        let mut counted = 0_u64;
        for (key, proof) in &years {
            let value = proof.record(key)?.ok_or_else(missing)?;
            counted = counted.saturating_add(sum(&decode(account, value)?));
        }
        // Nothing else would show that a node has left out a year.
        let served = record
            .served
            .saturating_plus(record.honorary)
            .saturating_plus(record.trained);
        let served = served.0;
        if counted != served {
            let missing = CertificateError::YearsMissing {
                account,
                served,
                counted,
            };
            return Err(missing.into());
        }
        for proof in years.into_iter().map(|(_, proof)| proof).chain([holder]) {
            if proof.header != block.header {
                return Err(malformed(node, &"its proofs are of several blocks"));
            }
            block.claims.extend(BlockProof::from(proof).claims);
        }
        Ok(block)
    }
}

/// Every minute of a year that its record counts.
fn sum(year: &ServiceYear) -> u64 {
    year.months.iter().fold(0, |sum, (_, month)| {
        let minutes = month
            .served()
            .saturating_plus(month.honorary.minutes)
            .saturating_plus(month.trainings.minutes);
        minutes.0.saturating_add(sum)
    })
}

fn decode<R: borsh::BorshDeserialize + borsh::BorshSerialize>(
    account: AccountId,
    bytes: &[u8],
) -> Result<R, Error> {
    codec::decode(bytes, RECORD_BYTES_MAX).map_err(|error| Error::RecordMalformed {
        thing: "service record".to_owned(),
        id: account.to_string(),
        reason: error.to_string(),
    })
}
