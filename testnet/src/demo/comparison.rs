//! What all four nodes say, side by side.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use ledger_core::hash::Hash;
use ledger_core::message::Arguments;
use ledger_core::record::supply::SupplyRecord;

use super::Demo;
use super::people::Residents;
use crate::say::count;

/// Whose balances are shown.
const SHOWN: [&str; 8] = ["V01", "V02", "V04", "V05", "V09", "E01", "E09", "Cao"];
/// How long the nodes may take to reach one height.
const SAME_HEIGHT_TIMEOUT: Duration = Duration::from_secs(30);

impl Demo<'_> {
    /// Waits until the node at `index` has reached the first node's height.
    pub(super) fn wait_same_height(&self, index: usize) -> Result<()> {
        self.wait_as_high_as(0, index)
    }

    /// Waits until the node at `index` has the block that the one at `other` has now.
    pub(super) fn wait_as_high_as(&self, other: usize, index: usize) -> Result<()> {
        let height = self.driver.client(other).status()?.height;
        let deadline = Instant::now() + SAME_HEIGHT_TIMEOUT;
        while self.driver.client(index).status()?.height < height {
            if Instant::now() >= deadline {
                bail!("node {} did not reach height {height}", index + 1);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Prints balances, roots and supply of all nodes, and checks that they agree.
    pub(super) fn compare(&mut self, residents: &Residents) -> Result<()> {
        let nodes = self.network.len();
        for index in 0..nodes {
            self.wait_same_height(index)?;
        }
        self.voice.step("demo-compare", &Arguments::NONE);
        let mut header = format!("{:<18}", "");
        for node in 1..=nodes {
            let title = self.voice.text(
                "demo-node-title",
                &Arguments::NONE.number("node", count(node)),
            );
            header.push_str(&format!("{title:>14}"));
        }
        self.voice.line(&header);
        for label in SHOWN {
            let account = residents.account(label);
            let mut row = format!("{label:<18}");
            let mut seen = Vec::new();
            for index in 0..nodes {
                let record = self.proven(index, account)?;
                row.push_str(&format!("{:>14}", record.spendable()?.0));
                seen.push(record);
            }
            self.voice.line(&row);
            ensure!(
                seen.windows(2).all(|pair| pair[0] == pair[1]),
                "the nodes do not agree on {label}"
            );
        }
        let mut states: Vec<(Hash, SupplyRecord)> = Vec::new();
        for index in 0..nodes {
            let status = self.driver.client(index).status()?;
            let supply = self.driver.client(index).supply_unverified()?.supply;
            let arguments = Arguments::NONE
                .number("node", count(index + 1))
                .number("height", status.height.0)
                .text("root", status.state_root);
            self.voice.say("demo-root", &arguments);
            states.push((status.state_root, supply));
        }
        ensure!(
            states.windows(2).all(|pair| pair[0] == pair[1]),
            "the nodes do not agree on the state"
        );
        self.conservation(&states[0].1)
    }

    fn conservation(&mut self, supply: &SupplyRecord) -> Result<()> {
        let arguments = Arguments::NONE
            .number("issued", supply.issued()?.0)
            .number("spendable", supply.spendable.0)
            .number("held", supply.held.0)
            .number("pools", supply.pools.0)
            .number("redeemed", supply.redeemed.0)
            .number("expired", supply.expired.0)
            .number("voided", supply.voided.0);
        self.voice.say("demo-conservation", &arguments);
        ensure!(
            supply.issued()? == supply.accounted()?,
            "minutes are not conserved"
        );
        Ok(())
    }
}
