//! Servers on loopback, good and bad. They are futures that run beside the probe, not tasks.

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use socket2::{Domain, SockRef, Socket, Type};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_rustls::TlsAcceptor;

pub(super) const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

// === DNS ===

/// What a resolver does with a question.
#[derive(Debug, Clone)]
pub(super) enum Resolver {
    /// Answers with these records whose type is the one asked for, or a CNAME.
    Records(Vec<(&'static str, RData)>),
    Code(ResponseCode),
    /// Refuses without repeating the question.
    CodeAlone(ResponseCode),
    Silent,
    /// Loses the first packet, then says that there is no such name.
    LosesOne,
    /// Sends garbage, failures that belong to other questions, then says that there is no such name.
    Noisy,
}

pub(super) fn a(address: [u8; 4]) -> RData {
    RData::A(A(address.into()))
}

pub(super) fn aaaa(address: &str) -> RData {
    RData::AAAA(AAAA(address.parse().unwrap()))
}

pub(super) fn alias(name: &str) -> RData {
    RData::CNAME(CNAME(Name::from_ascii(name).unwrap()))
}

pub(super) fn name_server(name: &str) -> RData {
    RData::NS(NS(Name::from_ascii(name).unwrap()))
}

pub(super) async fn udp() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind((LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

pub(super) async fn resolve(socket: UdpSocket, manner: Resolver) {
    let mut buffer = [0; 2048];
    for count in 0.. {
        let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
        let query = Message::from_vec(&buffer[..length]).unwrap();
        for packet in replies(&query, &manner, count) {
            socket.send_to(&packet, peer).await.unwrap();
        }
    }
}

fn replies(query: &Message, manner: &Resolver, count: u32) -> Vec<Vec<u8>> {
    let no_such_name = coded(query, ResponseCode::NXDomain);
    match manner {
        Resolver::Silent => vec![],
        Resolver::LosesOne if count == 0 => vec![],
        Resolver::LosesOne => vec![wire(&no_such_name)],
        Resolver::Code(code) => vec![wire(&coded(query, *code))],
        Resolver::CodeAlone(code) => {
            let mut reply = coded(query, *code);
            reply.queries.clear();
            vec![wire(&reply)]
        }
        Resolver::Records(records) => vec![wire(&answered(query, records))],
        Resolver::Noisy => {
            let failure = coded(query, ResponseCode::ServFail);
            let (mut other_id, mut other_name, mut question) = (failure.clone(), failure.clone(), failure);
            other_id.metadata.id = !query.metadata.id;
            other_name.queries[0].set_name(Name::from_ascii("other.example.").unwrap());
            question.metadata.message_type = MessageType::Query;
            let noise = [other_id, other_name, question, no_such_name];
            std::iter::once(b"\xffgarbage".to_vec()).chain(noise.iter().map(wire)).collect()
        }
    }
}

fn coded(query: &Message, code: ResponseCode) -> Message {
    let mut reply = Message::response(query.metadata.id, OpCode::Query);
    reply.queries.clone_from(&query.queries);
    reply.metadata.response_code = code;
    reply
}

pub(super) fn answered(query: &Message, records: &[(&'static str, RData)]) -> Message {
    let mut reply = coded(query, ResponseCode::NoError);
    let wanted = query.queries[0].query_type();
    for (name, data) in records {
        if data.record_type() == wanted || data.record_type() == RecordType::CNAME {
            reply.add_answer(Record::from_rdata(Name::from_ascii(name).unwrap(), 60, data.clone()));
        }
    }
    reply
}

pub(super) fn wire(message: &Message) -> Vec<u8> {
    message.to_vec().unwrap()
}

// === TCP ===

pub(super) async fn tcp() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address that nobody listens at, as long as the socket keeps it: a free port may be anybody's next.
pub(super) fn closed() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((LOCALHOST, 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// A listener whose queue is full: Linux drops further connection requests.
#[derive(Debug)]
pub(super) struct BlackHole {
    pub(super) address: SocketAddr,
    _listener: Socket,
    _queued: Vec<Socket>,
}

pub(super) fn black_hole() -> BlackHole {
    let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let listener = socket();
    listener.bind(&SocketAddr::from((LOCALHOST, 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let first = socket();
    first.connect(&address).unwrap();
    let second = socket();
    second.set_nonblocking(true).unwrap();
    let _in_progress = second.connect(&address);
    BlackHole { address: address.as_socket().unwrap(), _listener: listener, _queued: vec![first, second] }
}

/// What a server does with a connection once it heard the client.
#[derive(Debug, Clone)]
pub(super) enum Manner {
    /// Says this and closes.
    Says(Vec<u8>),
    /// Says this and keeps the connection open in silence.
    SaysAndWaits(Vec<u8>),
    /// Says this, then `x` for ever.
    SaysWithoutEnd(Vec<u8>),
    /// Says this one byte at a time, one every 100 ms.
    Drips(Vec<u8>),
    Resets,
}

pub(super) fn http(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Serves connections one after another, each in the next manner; the last manner stays.
pub(super) async fn serve(listener: TcpListener, manners: Vec<Manner>) {
    for count in 0.. {
        let (mut stream, _) = listener.accept().await.unwrap();
        let manner = &manners[count.min(manners.len() - 1)];
        if matches!(manner, Manner::Resets) {
            reset(stream).await;
            continue;
        }
        behave(&mut stream, manner).await;
    }
}

async fn reset(mut stream: TcpStream) {
    let _heard = stream.read(&mut [0; 4096]).await;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// Serves TLS, and passes on only so many bytes of what is said to the client.
pub(crate) async fn serve_cut(listener: TcpListener, config: Arc<ServerConfig>, most: u64) {
    let (inner, address) = tcp().await;
    let cut = async {
        let (mut client, _) = listener.accept().await.unwrap();
        let (mut heard, mut said) = client.split();
        let mut server = TcpStream::connect(address).await.unwrap();
        let (from, mut to) = server.split();
        let mut from = from.take(most);
        let back = async {
            tokio::io::copy(&mut from, &mut said).await.unwrap();
            std::future::pending::<()>().await;
        };
        tokio::join!(tokio::io::copy(&mut heard, &mut to), back)
    };
    let (_ended, ()) = tokio::join!(cut, serve_tls(inner, config, Manner::SaysAndWaits(vec![])));
}

/// The client may be gone at any moment; that is its right.
async fn behave<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, manner: &Manner) {
    let _heard = stream.read(&mut [0; 4096]).await;
    match manner {
        Manner::Says(text) => {
            let _gone = stream.write_all(text).await;
            let _gone = stream.shutdown().await;
        }
        Manner::SaysAndWaits(text) => {
            let _gone = stream.write_all(text).await;
            let _gone = stream.flush().await;
            let _closed = stream.read_to_end(&mut Vec::new()).await;
        }
        Manner::SaysWithoutEnd(text) => {
            let _gone = stream.write_all(text).await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        }
        Manner::Drips(text) => {
            for byte in text {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if stream.write_all(&[*byte]).await.is_err() || stream.flush().await.is_err() {
                    break;
                }
            }
        }
        Manner::Resets => {}
    }
}

// === TLS ===

/// An authority of its own, in a file as `ca_file` wants it.
#[derive(Debug)]
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) file: NamedTempFile,
}

/// The dates of a certificate.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dates {
    Now,
    Past,
    Future,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(certificate.pem().as_bytes()).unwrap();
        Self { issuer: Issuer::new(params, key), file }
    }

    /// A server's settings with a certificate for `name`.
    pub(super) fn server(&self, name: &str, dates: Dates) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let year = |from, to| (rcgen::date_time_ymd(from, 1, 1), rcgen::date_time_ymd(to, 1, 1));
        (params.not_before, params.not_after) = match dates {
            Dates::Now => year(2020, 2120),
            Dates::Past => year(2020, 2021),
            Dates::Future => year(2110, 2120),
        };
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        showing(vec![certificate.into()], &key)
    }

    /// The same with a certificate that this many others stand behind, one below the other: the last is by
    /// this authority.
    pub(super) fn deep_server(&self, name: &str, between: usize) -> Arc<ServerConfig> {
        let mut chain: Vec<CertificateDer<'static>> = Vec::new();
        let mut above: Option<Issuer<'static, KeyPair>> = None;
        for depth in 0..=between {
            let is_leaf = depth == between;
            let names = if is_leaf { vec![name.to_owned()] } else { vec![] };
            let mut params = CertificateParams::new(names).unwrap();
            params.distinguished_name.push(DnType::OrganizationName, format!("level {depth}"));
            if !is_leaf {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, above.as_ref().unwrap_or(&self.issuer)).unwrap();
            chain.insert(0, certificate.into());
            if is_leaf {
                return showing(chain, &key);
            }
            above = Some(Issuer::new(params, key));
        }
        unreachable!("the last one is the server's")
    }

    /// The same with a good certificate, and so much of it again behind it that all are this many bytes.
    pub(super) fn long_server(&self, name: &str, bytes: usize) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate: CertificateDer<'static> = params.signed_by(&key, &self.issuer).unwrap().into();
        showing(vec![certificate.clone(); bytes.div_ceil(certificate.len())], &key)
    }
}

fn showing(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

pub(super) async fn serve_tls(listener: TcpListener, config: Arc<ServerConfig>, manner: Manner) {
    let acceptor = TlsAcceptor::from(config);
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        // A client that distrusts the certificate leaves here.
        if let Ok(mut stream) = acceptor.accept(stream).await {
            behave(&mut stream, &manner).await;
        }
    }
}
