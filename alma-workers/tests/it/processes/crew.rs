//! Processes that are struck one at a time; whoever died is replaced.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use alma_core::testkit::Draws;

use super::{Role, start};

#[derive(Debug)]
struct Member {
    role: Role,
    process: Child,
    /// A producer that ended by itself has nothing left to do.
    ended: bool,
}

#[derive(Debug)]
pub(super) struct Crew {
    home: PathBuf,
    members: Vec<Member>,
    stopped: Option<(usize, Instant)>,
    /// How many were killed while they lived.
    pub(super) kills: usize,
    /// How many were stopped for longer than a lease.
    pub(super) stops: usize,
    /// How many ended without being struck: by poison.
    pub(super) poisoned: usize,
}

impl Crew {
    pub(super) fn new(home: &Path, roles: &[Role]) -> Self {
        let member = |role: &Role| Member {
            role: *role,
            process: start(home, *role),
            ended: false,
        };
        Self {
            home: home.to_owned(),
            members: roles.iter().map(member).collect(),
            stopped: None,
            kills: 0,
            stops: 0,
            poisoned: 0,
        }
    }

    /// Whether every producer is done.
    pub(super) fn has_produced(&self) -> bool {
        let mut members = self.members.iter();
        members.all(|member| member.role != Role::Producer || member.ended)
    }

    /// Replaces the dead, and wakes who was stopped for `long`.
    pub(super) fn mend(&mut self, long: Duration) {
        for at in 0..self.members.len() {
            let member = &mut self.members[at];
            if member.ended {
                continue;
            }
            if let Some(status) = member.process.try_wait().unwrap() {
                member.ended = member.role == Role::Producer && status.success();
                if !member.ended {
                    self.poisoned += 1;
                    self.replace(at);
                }
            }
        }
        if let Some((at, since)) = self.stopped
            && since.elapsed() > long
        {
            signal(&self.members[at].process, "-CONT");
            self.stops += 1;
            self.stopped = None;
        }
    }

    fn replace(&mut self, at: usize) {
        let role = self.members[at].role;
        self.members[at].process = start(&self.home, role);
        self.stopped = self.stopped.filter(|(stopped, _)| *stopped != at);
    }

    /// Kills somebody, or now and then stops somebody.
    pub(super) fn strike(&mut self, draws: &mut Draws) {
        let at = draws.below(self.members.len());
        let stop = draws.below(3) == 0;
        let member = &mut self.members[at];
        if member.ended || member.process.try_wait().unwrap().is_some() {
            return;
        }
        if stop && self.stopped.is_none() {
            signal(&member.process, "-STOP");
            self.stopped = Some((at, Instant::now()));
        } else if !stop {
            member.process.kill().unwrap();
            member.process.wait().unwrap();
            self.kills += 1;
            self.replace(at);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.process.kill();
            let _ = member.process.wait();
        }
    }
}

fn signal(child: &Child, name: &str) {
    let told = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(told.unwrap().success());
}
