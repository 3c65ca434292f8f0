// An OpenID provider on a free port of this machine, which says on stdout where it is. Anybody logs in there, as
// whoever they say. Arguments: the client's redirect_uri and its secret.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

// What else it has to say, nobody reads.
console.info = () => {};

const [redirectUri, secret] = process.argv.slice(2);

const server = createServer().listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'here', client_secret: secret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    async findAccount(_, id) {
      const claims = { sub: id, name: 'Ann of Node', email: `${id}@example.com`, email_verified: true };
      return { accountId: id, claims: async () => claims };
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
