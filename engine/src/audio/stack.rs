//! A stack of the processor's own.
//!
//! Hosts run plugins on threads with as little as 128 KiB of stack (Ardour), most of it theirs. How much a pattern needs
//! follows from how deep its combinators nest, up to about 5 KiB a level; so blocks are rendered on a stack that is known.

/// Bytes: the deepest pattern with room to spare.
const SIZE: usize = 2 << 20;
/// What every system's calling convention is content with.
const ALIGN: usize = 64;

/// Memory that functions run on.
pub struct Stack(Box<[u8]>);

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stack({} bytes)", self.0.len())
    }
}

impl Default for Stack {
    /// A stack whose every page has been touched, so that using it asks nothing of the system.
    fn default() -> Self {
        Self(vec![0xa5; SIZE + ALIGN].into_boxed_slice())
    }
}

impl Stack {
    /// Runs `f` on this stack; on the caller's where the processor is of a kind whose stacks can't be switched.
    ///
    /// # Realtime safety
    /// A few instructions; never allocates.
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        psm::psm_stack_manipulation! {
            yes {
                let offset = self.0.as_ptr().align_offset(ALIGN).min(ALIGN);
                let base = self.0[offset..].as_mut_ptr();
                // A panic must not leave this stack: it is carried over.
                let contained = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
                // SAFETY: the memory is aligned, as long as is said, borrowed for the call and used by nothing else; the
                // function does not unwind.
                #[allow(unsafe_code, reason = "switching stacks is beyond what safe code can say")]
                let done = unsafe { psm::on_stack(base, SIZE, contained) };
                done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            no {
                f()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn deep(levels: u64) -> u64 {
        let here = std::hint::black_box([levels; 64]);
        if levels == 0 { 0 } else { deep(levels - 1) + here[0] / levels }
    }

    #[test]
    #[cfg_attr(windows, ignore = "Windows keeps account of stacks itself")]
    fn what_the_callers_stack_could_not_hold_runs_on_ones_own() {
        let mut stack = Stack::default();
        let small = std::thread::Builder::new().stack_size(32 << 10);
        let sum = small.spawn(move || stack.run(|| deep(1000))).unwrap().join().unwrap();
        assert_eq!(sum, 1000);
    }

    #[test]
    fn a_panic_comes_through() {
        let caught = std::panic::catch_unwind(|| Stack::default().run(|| panic!("as told")));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"as told"));
    }
}
