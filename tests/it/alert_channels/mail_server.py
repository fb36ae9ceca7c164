"""A mail server on loopback (aiosmtpd): says its port, then one line of JSON for each mail it took.

Arguments: starttls | tls | none, certificate file, key file.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

# It warns that passwords without TLS are unwise, which is what one test is about.
logging.getLogger("mail.log").setLevel(logging.ERROR)
mode, certificate, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


class Keep:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        lines = mail.get_content().strip().splitlines()
        took = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": server.transport.get_extra_info("cipher") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
            "subject": mail["subject"],
            "first_line": lines[0],
            "last_line": lines[-1],
        }
        print(json.dumps(took), flush=True)
        return "250 kept"


def login(server, session, envelope, mechanism, data):
    known = data.login == b"demarc" and data.password == b"s3cret"
    return AuthResult(success=known, handled=False, auth_data=data.login)


def conversation():
    starttls = mode == "starttls"
    return SMTP(
        Keep(),
        hostname="localhost",
        tls_context=context if starttls else None,
        require_starttls=starttls,
        auth_require_tls=starttls,
        auth_required=True,
        authenticator=login,
    )


async def main():
    wrapped = context if mode == "tls" else None
    server = await asyncio.get_running_loop().create_server(conversation, "127.0.0.1", 0, ssl=wrapped)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
