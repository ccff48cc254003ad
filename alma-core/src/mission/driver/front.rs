//! The front of a plan: the tasks that can run now, kept up to date as results come in.

use std::collections::{BTreeMap, HashMap};

use crate::{Task, TaskName};

/// Which tasks of a plan can run, under which keys. Tasks are named by their places in the plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    places: HashMap<TaskName, usize>,
    /// The tasks that wait for each.
    readers: Vec<Vec<usize>>,
    /// For how many tasks each still waits.
    waits: Vec<usize>,
    done: Vec<bool>,
    /// The keys of the tasks that can run, in the order of the plan.
    keys: BTreeMap<usize, String>,
    owners: HashMap<String, usize>,
}

impl Front {
    /// The front of these tasks, of which some are done.
    pub(super) fn new(
        tasks: &[Task],
        is_done: impl Fn(&TaskName) -> bool,
        key: impl Fn(&Task) -> String,
    ) -> Self {
        let mut front = Self {
            places: tasks
                .iter()
                .map(|task| task.name.clone())
                .zip(0..)
                .collect(),
            readers: vec![Vec::new(); tasks.len()],
            done: tasks.iter().map(|task| is_done(&task.name)).collect(),
            ..Self::default()
        };
        for (place, task) in tasks.iter().enumerate() {
            let mut waits = 0;
            for needed in task.needs() {
                if let Some(&needed) = front.places.get(needed)
                    && !front.done[needed]
                {
                    front.readers[needed].push(place);
                    waits += 1;
                }
            }
            front.waits.push(waits);
            front.open(place, || key(task));
        }
        front
    }

    /// Takes note that a task is done, which may let others run.
    pub(super) fn finish(
        &mut self,
        tasks: &[Task],
        name: &TaskName,
        key: impl Fn(&Task) -> String,
    ) {
        let Some(&place) = self.places.get(name) else {
            return;
        };
        if std::mem::replace(&mut self.done[place], true) {
            return;
        }
        self.close(place);
        for reader in std::mem::take(&mut self.readers[place]) {
            self.waits[reader] -= 1;
            self.open(reader, || key(&tasks[reader]));
        }
    }

    /// Gives a task that can run another key.
    pub(super) fn rekey(&mut self, name: &TaskName, key: impl FnOnce(usize) -> String) {
        if let Some(&place) = self.places.get(name)
            && self.close(place)
        {
            self.open(place, || key(place));
        }
    }

    /// The places and keys of the tasks that can run.
    pub(super) fn keys(&self) -> impl Iterator<Item = (usize, &str)> {
        self.keys.iter().map(|(place, key)| (*place, key.as_str()))
    }

    /// The task that can run under a key.
    pub(super) fn owner(&self, key: &str) -> Option<usize> {
        self.owners.get(key).copied()
    }

    /// Whether every task is done.
    pub(super) fn is_over(&self) -> bool {
        self.done.iter().all(|done| *done)
    }

    fn open(&mut self, place: usize, key: impl FnOnce() -> String) {
        if self.waits[place] == 0 && !self.done[place] {
            let key = key();
            self.owners.insert(key.clone(), place);
            self.keys.insert(place, key);
        }
    }

    fn close(&mut self, place: usize) -> bool {
        let key = self.keys.remove(&place);
        if let Some(key) = &key {
            self.owners.remove(key);
        }
        key.is_some()
    }
}
