// What two libraries read in our published lists: {token: [...], revoked: [...], suspended: [...]} for given indexes.
import {readFileSync} from 'node:fs';
import {getListFromStatusListJWT} from '@sd-jwt/jwt-status-list';
import {decodeList} from '@digitalbazaar/vc-bitstring-status-list';

const [token, revocations, suspensions, ...indexes] = process.argv.slice(2);
const numbers = indexes.map(Number);
const tokenList = getListFromStatusListJWT(readFileSync(token, 'utf8'));
const listOf = async file => decodeList(JSON.parse(readFileSync(file, 'utf8')).credentialSubject);
const [revoked, suspended] = [await listOf(revocations), await listOf(suspensions)];
process.stdout.write(JSON.stringify({
  token: numbers.map(index => tokenList.getStatus(index)),
  revoked: numbers.map(index => revoked.getStatus(index)),
  suspended: numbers.map(index => suspended.getStatus(index))
}));
