//! Files for the media tests, made by the `ffmpeg` program in a temporary folder.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;
use videotracker_engine::media::{Limits, Media, MediaError, load};

/// A folder of its own for a test, and its `ffmpeg`.
pub struct Files(TempDir);

impl Files {
    /// `None`, with a line that says so, where there is no `ffmpeg` program.
    pub fn with_ffmpeg(test: &str) -> Option<Self> {
        let there = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
        if !there {
            eprintln!("skipped {test}: no ffmpeg on the PATH");
        }
        there.then(Self::new)
    }

    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes a file: ffmpeg's arguments between the common ones and the output's name.
    pub fn make(&self, arguments: &str, name: &str) -> PathBuf {
        let path = self.path(name);
        let output = Command::new("ffmpeg")
            .current_dir(self.0.path())
            .args(["-nostdin", "-v", "error", "-y", "-bitexact"])
            .args(arguments.split_whitespace())
            .arg(&path)
            .output()
            .expect("ffmpeg runs");
        assert!(output.status.success(), "ffmpeg {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        path
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("the file is written");
        path
    }
}

pub fn load_at(path: &Path, rate: f64) -> Result<Media, MediaError> {
    load(path, rate, Limits::default())
}

/// The frames of a medium's sound.
pub fn frames(media: &Media) -> &[[f32; 2]] {
    &media.audio.as_ref().expect("there is sound").frames
}

/// A generator for tests: Marsaglia's xorshift64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
