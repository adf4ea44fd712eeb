//! Byzantine nodes, each alone with honest ones: with f of them every promise is kept and each really misbehaves, with one more
//! the checkers see it.

mod behaviours;
mod too_many;

use timebank_simulations::plan::Plan;

/// As much load in less time: nothing but the Byzantine nodes goes wrong, so there is nothing to wait for.
const fn hurry(plan: &mut Plan) {
    plan.faults_ms = 5_000;
    plan.burst = 20;
    plan.pause_ms = 200;
}
