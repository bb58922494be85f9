//! Asks the control plane from within the process, for the dashboard: through a pipe in memory, as a program
//! would through a connection. Only what a person at the dashboard can ask for passes; whoever asks has been
//! let in already.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{DuplexStream, duplex};

use super::super::reply::{ReplyBody, to_http};
use super::super::space::Space;
use super::refusal::Refusal;
use super::route::{Action, Route};

/// How much of a request or an answer is on its way at a time.
const PIPE: usize = 64 << 10;

/// Status and JSON, which may be nothing.
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

/// Asks for `path` of a space.
pub async fn ask(space: Arc<Space>, method: &str, path: &str, body: String) -> Answer {
    let (near, far) = duplex(PIPE);
    // Both ends go with the other.
    tokio::spawn(serve(space, far));
    let answer = send(near, method, path, body).await;
    answer.unwrap_or_else(|text| {
        let body = serde_json::json!({ "error": { "code": "path", "message": text } });
        Answer {
            status: 400,
            body: body.to_string().into(),
        }
    })
}

async fn send(
    near: DuplexStream,
    method: &str,
    path: &str,
    body: String,
) -> Result<Answer, String> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| format!("`{method} {path}` is no request: {error}"))?;
    let failed = |error: hyper::Error| format!("`{method} {path}` was not answered: {error}");
    let opened = hyper::client::conn::http1::handshake(TokioIo::new(near)).await;
    let (mut sender, connection) = opened.map_err(failed)?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(failed)?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.map_err(failed)?;
    Ok(Answer {
        status,
        body: body.to_bytes(),
    })
}

async fn serve(space: Arc<Space>, far: DuplexStream) {
    let service = service_fn(move |request| {
        let space = space.clone();
        async move { Ok::<_, Infallible>(answer(&space, request).await) }
    });
    // Whoever asked and went away hears nothing.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(far), service)
        .await;
}

async fn answer(space: &Space, request: Request<Incoming>) -> Response<ReplyBody> {
    let route = allowed(request.method(), request.uri().path());
    let reply = match route {
        Ok(route) => space.call(route, request).await,
        Err(refusal) => Err(refusal),
    };
    to_http(reply.unwrap_or_else(Refusal::into_reply), false).0
}

/// What the dashboard has a place for. It runs no code in rooms, writes no files and has no clock or faults.
fn allowed(method: &Method, path: &str) -> Result<Route, Refusal> {
    let route = Route::of(method, path)?;
    let is_allowed = match &route {
        Route::Server
        | Route::Rooms(_)
        | Route::Figures
        | Route::Cron(_)
        | Route::Crons
        | Route::Bindings
        | Route::Logs
        | Route::ForgetLogs => true,
        Route::Room(_, action) => !matches!(
            action,
            Action::Run | Action::Fetch(_) | Action::Cut(_) | Action::SetLine(_)
        ),
        Route::Reset
        | Route::ResetStorage
        | Route::Settle
        | Route::Leaks
        | Route::Why
        | Route::Snapshot
        | Route::Restore
        | Route::Faults
        | Route::AddFault
        | Route::Mend
        | Route::Clock
        | Route::SetClock => false,
    };
    match is_allowed {
        true => Ok(route),
        false => {
            let text = format!("The dashboard does not do this: `{method} {path}`");
            Err(Refusal::new(404, "route", text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_code_nor_files_are_within_reach() {
        let is_allowed = |method: &str, path: &str| {
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            allowed(&method, path).is_ok()
        };
        for (method, path) in [
            ("POST", "/rooms/main/r/run"),
            ("GET", "/rooms/main/r/fetch/x"),
            ("POST", "/snapshot"),
            ("POST", "/restore"),
            ("POST", "/reset"),
            ("POST", "/faults"),
            ("POST", "/clock"),
            ("POST", "/spaces"),
            ("GET", "/spaces/main/rooms"),
        ] {
            assert!(!is_allowed(method, path), "{method} {path}");
        }
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/figures"),
            ("GET", "/crons"),
            ("POST", "/crons/nightly"),
            ("PUT", "/rooms/main/r/storage/a"),
            ("POST", "/rooms/main/r/connections/x/send"),
            ("POST", "/rooms/main/r/evict"),
        ] {
            assert!(is_allowed(method, path), "{method} {path}");
        }
    }
}
