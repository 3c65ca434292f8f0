//! Processes that tests start, and that never outlive them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

/// A process of a test's own. It is killed with the value that holds it, or with the test process itself.
pub(crate) struct Process {
    child: Child,
    guard: Option<Guard>,
}

impl Process {
    /// Guards a process that keeps its files in `folder`, which goes with it should the test process die.
    pub(crate) fn guarded(child: Child, folder: &Path) -> Self {
        let guard = Some(Guard::over(&child, folder));
        Self { child, guard }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its exit status, if it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().unwrap();
        assert!(sent.success(), "no {name} for {}", self.id());
    }

    /// Ends it as a power failure would.
    pub(crate) fn end(self) {
        drop(self);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _ = self.child.wait();
        if let Some(guard) = self.guard.take() {
            guard.dismiss();
        }
    }
}

/// Ends a process should the test process die without doing it: a shell that waits for our end of its pipe.
struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    fn over(process: &Child, folder: &Path) -> Self {
        let script = r#"read _ || { kill -9 "$1"; sleep 1; rm -rf "$2"; }"#;
        let mut shell = Command::new("sh")
            .args(["-c", script, "guard", &process.id().to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let pipe = shell.stdin.take();
        Self { shell, pipe }
    }

    fn dismiss(mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            let _ = pipe.write_all(b"dismissed\n");
        }
        let _ = self.shell.wait();
    }
}
