//! How similar two vectors are, and vectors as the storage keeps them: 32-bit numbers, little-endian.

use partyrun_ops::bindings_interface::Metric;

/// The score of `stored`, in its stored form, as the answer to `query`.
pub(super) fn score(metric: Metric, query: &[f64], stored: &[u8]) -> f64 {
    let pairs = || query.iter().copied().zip(values(stored));
    let product: f64 = pairs().map(|(a, b)| a * b).sum();
    match metric {
        Metric::DotProduct => -product,
        Metric::Euclidean => pairs().map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt(),
        Metric::Cosine => {
            let length = |sum: f64| sum.sqrt();
            let lengths = length(query.iter().map(|a| a * a).sum())
                * length(values(stored).map(|b| b * b).sum());
            if lengths == 0.0 {
                0.0
            } else {
                product / lengths
            }
        }
    }
}

/// Orders scores: the lower, the more similar.
pub(super) fn rank(metric: Metric, score: f64) -> f64 {
    match metric {
        Metric::Cosine => -score,
        Metric::Euclidean | Metric::DotProduct => score,
    }
}

fn values(stored: &[u8]) -> impl Iterator<Item = f64> {
    let number = |bytes: &[u8; 4]| f64::from(f32::from_le_bytes(*bytes));
    stored.as_chunks::<4>().0.iter().map(number)
}

pub(super) fn pack(values: &[f64]) -> Vec<u8> {
    let bytes = |value: &f64| (*value as f32).to_le_bytes();
    values.iter().flat_map(bytes).collect()
}

/// The values with no more digits than a 32-bit number has, so that 0.1 comes back as 0.1.
pub(super) fn unpack(stored: &[u8]) -> Vec<f64> {
    let number = |bytes: &[u8; 4]| {
        let value = f32::from_le_bytes(*bytes);
        value.to_string().parse().unwrap_or(f64::from(value))
    };
    stored.as_chunks::<4>().0.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_scores_as_it_says() {
        let score = |metric| score(metric, &[3.0, 4.0], &pack(&[4.0, 3.0]));
        assert!((score(Metric::Cosine) - 0.96).abs() < 1e-12);
        assert!((score(Metric::Euclidean) - 2.0_f64.sqrt()).abs() < 1e-12);
        assert!((score(Metric::DotProduct) + 24.0).abs() < 1e-12);
        let zero = super::score(Metric::Cosine, &[1.0], &pack(&[0.0]));
        assert!(zero.abs() < 1e-12);
    }

    #[test]
    fn values_come_back_with_the_digits_they_had() {
        let values = [0.1, -2.5, 1e-7, 0.0];
        assert_eq!(unpack(&pack(&values)), values);
    }
}
