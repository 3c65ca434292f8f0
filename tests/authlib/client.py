"""An independent client of the third party that the service ships: code with PKCE, refresh, password, revocation.

Usage: client.py SERVER_URL, where the clients `acme` and `trusted` have the secret and the redirect URI below.
"""

import sys
import uuid

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

server = sys.argv[1]
secret = "a secret of sixteen"
callback = "https://app.example/callback?from=acme"
password = "correct horse"
told = requests.get(f"{server}/.well-known/openid-configuration").json()

person = {"username": f"p{uuid.uuid4().hex}", "password": password, "name": "Ann", "email": "ann@example.com"}
account = requests.post(f"{server}/oauth/accounts", json=person)
assert account.status_code == 201, account.text
subject = account.json()["id"]


def session(client, **options):
    return OAuth2Session(
        client, secret, scope="openid profile email", token_endpoint=told["token_endpoint"], **options
    )


def who(token):
    answer = requests.get(told["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"})
    return answer.json().get("sub") if answer.status_code == 200 else None


for method in ["client_secret_basic", "client_secret_post"]:
    client = session(
        "acme", redirect_uri=callback, code_challenge_method="S256", token_endpoint_auth_method=method
    )
    verifier, nonce = uuid.uuid4().hex * 2, uuid.uuid4().hex
    url, state = client.create_authorization_url(
        told["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    assert requests.get(url).status_code == 200
    # What the form on that page sends.
    query = requests.compat.urlparse(url).query
    fields = dict(requests.compat.unquote_plus(part).split("=", 1) for part in query.split("&"))
    answer = requests.post(
        told["authorization_endpoint"],
        data={**fields, "username": person["username"], "password": password, "decision": "allow"},
        allow_redirects=False,
    )
    assert answer.status_code == 303, answer.text
    token = client.fetch_token(
        authorization_response=answer.headers["Location"], state=state, code_verifier=verifier
    )
    keys = JsonWebKey.import_key_set(requests.get(told["jwks_uri"]).json())
    claims = JsonWebToken(["EdDSA"]).decode(
        token["id_token"],
        keys,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"value": told["issuer"]}, "aud": {"value": "acme"}},
        claims_params={"nonce": nonce, "client_id": "acme"},
    )
    claims.validate()
    assert claims["sub"] == subject == who(token["access_token"])

    renewed = client.refresh_token(told["token_endpoint"])
    assert renewed["refresh_token"] != token["refresh_token"]
    assert who(renewed["access_token"]) == subject
    active = client.introspect_token(told["introspection_endpoint"], token=renewed["access_token"])
    assert active.json()["active"] is True, active.text
    assert client.revoke_token(told["revocation_endpoint"], token=renewed["refresh_token"]).status_code == 200
    assert who(renewed["access_token"]) is None

trusted = session("trusted")
token = trusted.fetch_token(told["token_endpoint"], username=person["username"], password=password)
assert who(token["access_token"]) == subject
print("fine")
