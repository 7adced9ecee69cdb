//! The statistics of a report worked out once more, by other ways than the server's: straight from the published formulas, Student's quantile by
//! integrating its density.

/// Where 95 % lie: the 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959963984540054;

/// A value with the ends of its interval.
pub type Estimate = (f64, f64, f64);

fn wilson_ends(hits: usize, of: usize) -> (f64, f64) {
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let (centre, reach) = (p + Z * Z / (2.0 * n), Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt());
    let whole = 1.0 + Z * Z / n;
    ((centre - reach) / whole, (centre + reach) / whole)
}

/// A share with Wilson's score interval.
pub fn share(hits: usize, of: usize) -> Estimate {
    let (low, high) = wilson_ends(hits, of);
    (hits as f64 / of as f64, low, high)
}

/// The first share less the second, with Newcombe's hybrid score interval (1998, method 10).
pub fn difference_of_shares(first: (usize, usize), second: (usize, usize)) -> Estimate {
    let (p1, p2) = (first.0 as f64 / first.1 as f64, second.0 as f64 / second.1 as f64);
    let ((l1, u1), (l2, u2)) = (wilson_ends(first.0, first.1), wilson_ends(second.0, second.1));
    let difference = p1 - p2;
    (difference, difference - ((p1 - l1).powi(2) + (u2 - p2).powi(2)).sqrt(), difference + ((u1 - p1).powi(2) + (p2 - l2).powi(2)).sqrt())
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64)
}

/// A mean with Student's interval.
pub fn mean(values: &[f64]) -> Estimate {
    let (mean, variance) = mean_and_variance(values);
    let reach = student(values.len() as f64 - 1.0) * (variance / values.len() as f64).sqrt();
    (mean, mean - reach, mean + reach)
}

/// The first mean less the second, with Welch's interval.
pub fn difference_of_means(first: &[f64], second: &[f64]) -> Estimate {
    let ((m1, v1), (m2, v2)) = (mean_and_variance(first), mean_and_variance(second));
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let (s1, s2) = (v1 / n1, v2 / n2);
    let freedom = (s1 + s2).powi(2) / (s1 * s1 / (n1 - 1.0) + s2 * s2 / (n2 - 1.0));
    let reach = student(freedom) * (s1 + s2).sqrt();
    (m1 - m2, m1 - m2 - reach, m1 - m2 + reach)
}

/// The 97.5 % quantile of Student's distribution: where Simpson's rule over (1 + x²/ν)^(−(ν+1)/2) has 47.5 of the 50 % above zero.
fn student(freedom: f64) -> f64 {
    let density = |x: f64| (1.0 + x * x / freedom).powf(-(freedom + 1.0) / 2.0);
    let area = |to: f64| {
        let step = to / 20_000.0;
        let inner: f64 = (1..20_000).map(|i| density(f64::from(i) * step) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        (density(0.0) + inner + density(to)) * step / 3.0
    };
    // All that lies above zero; by x = u / (1 − u) it ends at 1.
    let whole: f64 =
        (0..200_000).map(|i| (f64::from(i) + 0.5) / 200_000.0).map(|u| density(u / (1.0 - u)) / (1.0 - u).powi(2) / 200_000.0).sum();
    let (mut low, mut high) = (0.0, 100.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if area(middle) / whole < 0.95 { low = middle } else { high = middle }
    }
    low
}

#[test]
fn they_are_those_of_the_tables() {
    for (freedom, quantile) in [(5.0, 2.570582), (30.0, 2.042272), (120.0, 1.979930)] {
        assert!((student(freedom) - quantile).abs() < 1e-5, "{freedom}: {}", student(freedom));
    }
}
