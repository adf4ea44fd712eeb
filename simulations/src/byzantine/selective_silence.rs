//! Says nothing to some of the others, different ones at each height: they must hear of everything from the rest.

use timebank_node::replica::ReplicaInput;

use super::{Behaviour, Hands};

/// Says nothing to some of the others.
#[derive(Debug, Default)]
pub(super) struct SelectiveSilence;

impl Behaviour for SelectiveSilence {
    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        let height = hands.replica.status().height.0;
        let turn = usize::try_from(height % 2).unwrap_or(0);
        if matches!(input, ReplicaInput::Message { .. }) && to % 2 == turn {
            hands.acted();
            return Vec::new();
        }
        vec![(to, input)]
    }
}
