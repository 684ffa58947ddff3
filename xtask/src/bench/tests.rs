use super::table::Figures;
use super::*;

#[test]
fn the_figures_are_median_and_99th_percentile() {
    let latencies = (1..=100).rev().map(Duration::from_micros).collect();
    let figures = Figures::of(&Samples { latencies, cpu: vec![Duration::from_micros(20); 20] });
    assert_eq!((figures.median.round(), figures.p99.round()), (50.0, 99.0));
    assert_eq!((figures.cpu.round(), figures.per_second.round()), (20.0, 19802.0));
}

#[test]
fn the_table_compares_sizes_and_rows() {
    let one = |cpu| Samples {
        latencies: vec![Duration::from_micros(cpu); 10],
        cpu: vec![Duration::from_micros(cpu)],
    };
    let samples = vec![vec![one(20), one(20)], vec![one(40), one(60)]];
    let text = table(&[100, 10_000], &ROWS[..2], &samples);
    let last = text.lines().last().unwrap();
    let words: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(
        words,
        ["10000", "60.0", "60.0", "16667", "60.0", "3.00", "(3.00)", "1.50", "(1.50)"]
    );
}
