//! Student's t distribution.

use super::Z_95;

/// From here on the expansion around the normal distribution is exact to more than nine decimals.
const MANY: f64 = 200.0;

/// The t that |T| exceeds with a probability of 5 % at `degrees` degrees of freedom (the 97.5 % quantile), which need not be whole; `degrees` below 1
/// count as 1.
///
/// P(|T| > t) = I(ν/2, ½; ν/(ν + t²)) with the regularised incomplete beta function I (Abramowitz and Stegun, 26.7.1 and 26.5.27), solved for t by
/// bisection; from 200 degrees on by the Cornish-Fisher expansion (ibid., 26.7.5).
pub fn critical_value(degrees: f64) -> f64 {
    let degrees = degrees.max(1.0);
    if degrees >= MANY {
        return expanded(degrees);
    }
    // At one degree t is 12.706, and it falls towards 1.960.
    let (mut low, mut high) = (Z_95, 12.75);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let outside = incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + middle * middle));
        if outside > 0.05 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

fn expanded(degrees: f64) -> f64 {
    let z = Z_95;
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / degrees + second / degrees.powi(2) + third / degrees.powi(3)
}

/// The regularised incomplete beta function I(a, b; x) for 0 < x < 1, by its continued fraction (DLMF 8.17.22), which converges fast below
/// (a + 1)/(a + b + 2); above it I(a, b; x) = 1 − I(b, a; 1 − x) (DLMF 8.17.4).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    let factor = (log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) { factor * fraction(a, b, x) / a } else { 1.0 - factor * fraction(b, a, 1.0 - x) / b }
}

/// The continued fraction, by the modified Lentz algorithm (Thompson and Barnett, J. Comput. Phys. 64, 1986).
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let never_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut above, mut below) = (1.0, 1.0 / never_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = below;
    for step in 1..200_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = value;
        for coefficient in [even, odd] {
            below = 1.0 / never_zero(1.0 + coefficient * below);
            above = never_zero(1.0 + coefficient / above);
            value *= above * below;
        }
        if (value / before - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// ln Γ(x) for x > 0, by Lanczos' approximation with g = 7 and nine terms (C. Lanczos, SIAM J. Numer. Anal. B 1, 1964; coefficients of P. Godfrey),
/// good to fifteen digits.
fn log_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    let mut place = x;
    for term in TERMS {
        place += 1.0;
        sum += term / place;
    }
    let t = x + 7.5;
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.t.ppf(0.975, degrees); the whole ones are those of every printed table.
        for (degrees, expected) in [
            (1.0, 12.706_204_736_174_694),
            (2.0, 4.302_652_729_749_462),
            (3.0, 3.182_446_305_283_707_8),
            (4.0, 2.776_445_105_197_793_4),
            (7.5, 2.333_039_626_864_974),
            (10.0, 2.228_138_851_986_274),
            (29.3, 2.044_320_421_500_141),
            (59.0, 2.000_995_378_088_267),
            (150.25, 1.975_878_595_285_572_2),
            (199.9, 1.971_902_228_375_926_4),
            (200.0, 1.971_896_223_633_908_8),
            (500.0, 1.964_719_837_467_367_6),
            (10_000.0, 1.960_201_239_890_626),
            (1e6, 1.959_966_356_814_107),
        ] {
            let found = critical_value(degrees);
            assert!((found - expected).abs() < 1e-8, "{degrees}: {found} is not {expected}");
        }
        assert!((critical_value(0.0) - critical_value(1.0)).abs() < 1e-12);
    }

    #[test]
    fn gamma_is_the_factorial() {
        for (x, factorial) in [(1.0, 1.0_f64), (2.0, 1.0), (5.0, 24.0), (11.0, 3_628_800.0)] {
            assert!((log_gamma(x) - factorial.ln()).abs() < 1e-12, "{x}");
        }
        // Γ(½) = √π.
        assert!((log_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-13);
    }
}
