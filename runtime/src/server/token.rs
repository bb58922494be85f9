//! Tokens by which whoever asks the server shows that they may.

/// A token that nobody guesses.
pub fn token() -> String {
    let half = || uuid::Uuid::new_v4().simple().to_string();
    half() + &half()
}
