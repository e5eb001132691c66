//! The course of an envelope between three levels, as a function of a voice's age.

/// Times in frames, counted from a voice's onset.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Course {
    /// Frames from the low level to the high one.
    pub attack: f32,
    /// Frames from the high level to the sustained one.
    pub decay: f32,
    /// Frames from where it stands to the low level, once the gate has closed.
    pub release: f32,
}

/// The levels of a [`Course`], in whatever domain its ways are straight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// Where it begins, and ends.
    pub low: f32,
    /// Where the attack leads.
    pub high: f32,
    /// Where it stays until the gate closes.
    pub sustain: f32,
}

impl Course {
    fn held(&self, age: f32, levels: &Levels, mix: &impl Fn(f32, f32, f32) -> f32) -> f32 {
        if age < self.attack {
            return mix(levels.low, levels.high, age / self.attack);
        }
        let age = age - self.attack;
        if age < self.decay { mix(levels.high, levels.sustain, age / self.decay) } else { levels.sustain }
    }

    /// The level at an age; `held` is the age at which the gate closed. Ways are straight.
    #[must_use]
    pub fn at(&self, age: f32, held: Option<f32>, levels: &Levels) -> f32 {
        self.along(age, held, levels, |from, to, share| from + (to - from) * share)
    }

    /// The same with ways of another form: `mix` gives what lies at a share of the way from one level to another.
    #[must_use]
    pub fn along(&self, age: f32, held: Option<f32>, levels: &Levels, mix: impl Fn(f32, f32, f32) -> f32) -> f32 {
        match held {
            Some(end) if age >= end => {
                let since = age - end;
                if since < self.release { mix(self.held(end, levels, &mix), levels.low, since / self.release) } else { levels.low }
            }
            _ => self.held(age, levels, &mix),
        }
    }
}

/// The level at a share of a way that is straight in its logarithm; one that would touch or cross 0 waits and jumps at its end.
#[must_use]
pub fn exponential(from: f32, to: f32, share: f32) -> f32 {
    if from * to > 0.0 {
        from * (to / from).powf(share)
    } else if share >= 1.0 {
        to
    } else {
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_goes_through_its_levels() {
        let course = Course { attack: 10.0, decay: 20.0, release: 40.0 };
        let levels = Levels { low: -1.0, high: 1.0, sustain: 0.0 };
        let at = |age: f32, held| course.at(age, held, &levels);
        assert_eq!([0.0, 5.0, 10.0, 20.0, 30.0, 99.0].map(|age| at(age, None)), [-1.0, 0.0, 1.0, 0.5, 0.0, 0.0]);
        assert_eq!([50.0, 70.0, 90.0, 99.0].map(|age| at(age, Some(50.0))), [0.0, -0.5, -1.0, -1.0]);
        assert_eq!(at(5.0, Some(5.0)), 0.0);
        assert_eq!([0.0, 0.5, 0.99].map(|share| exponential(0.25, 4.0, share)), [0.25, 1.0, 0.25 * 16f32.powf(0.99)]);
        assert_eq!((exponential(0.0, 1.0, 0.5), exponential(0.0, 1.0, 1.0)), (0.0, 1.0));
    }
}
