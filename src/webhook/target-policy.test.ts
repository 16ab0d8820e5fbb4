import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicAddress } from './address.ts'
import { hostOf, TargetPolicy } from './target-policy.ts'

const strict = TargetPolicy.parse('')

/** Every spelling of an address that is nobody's business; all must be refused before anything is connected to. */
const forbidden = [
  // Loopback, in the spellings that resolvers and URL parsers have been fooled with.
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://127.255.255.254/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.0x0.0x0.0x1/',
  'https://0X7F.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://127%2e0%2e0%2e1/',
  'https://１２７.0.0.1/',
  'https://127。0。0。1/',
  'https://①②⑦.⓪.⓪.①/',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://ｌｏｃａｌｈｏｓｔ/',
  'https://a.localhost/',
  'https://a.localhost./',
  // Unspecified: reaches this machine too.
  'https://0.0.0.0/',
  'https://0/',
  'https://0.1.2.3/',
  'https://[::]/',
  // Private, shared, link-local and metadata.
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.0.1/',
  'https://100.64.0.1/',
  'https://100.100.100.200/',
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/',
  'https://0xa9fea9fe/',
  'https://168.63.129.16/',
  'https://192.0.0.192/',
  'https://[fd00:ec2::254]/',
  'https://[fc00::1]/',
  'https://[fe80::1]/',
  'https://[fec0::1]/',
  'https://[::ffff:169.254.169.254]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[::ffff:10.0.0.1]/',
  // IPv6 that stands for IPv4, and tunnels.
  'https://[::ffff:8.8.8.8]/',
  'https://[::ffff:0:8.8.8.8]/',
  'https://[2002:7f00:1::]/',
  'https://[2002:a9fe:a9fe::1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b::8.8.8.8]/',
  'https://[64:ff9b:1::1]/',
  'https://[2001::1]/',
  // Multicast, broadcast, reserved, benchmarks, documentation, discard.
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://240.0.0.1/',
  'https://198.18.0.1/',
  'https://192.0.2.1/',
  'https://198.51.100.1/',
  'https://203.0.113.1/',
  'https://192.88.99.1/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[3fff::1]/',
  'https://[100::1]/',
  'https://[5f00::1]/',
]

test('an address that is not public is refused in every spelling', () => {
  for (const url of forbidden) {
    assert.match(strict.fault(url) ?? 'accepted', /leads to an address that this installation does not deliver to/, url)
  }
})

test('what is no web address is refused', () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['', /must be a URL/],
    ['example.org', /must be a URL/],
    ['//example.org/', /must be a URL/],
    ['https://', /must be a URL/],
    ['https://[fe80::1%25eth0]/', /must be a URL/],
    ['https://[fe80::1%eth0]/', /must be a URL/],
    ['https://1.2.3.4.5/', /must be a URL/],
    ['https://256.1.1.1/', /must be a URL/],
    ['https://exa mple.org/', /must be a URL/],
    [`https://example.org/${'x'.repeat(2048)}`, /at most 2048/],
    ['ftp://example.org/', /must begin with https/],
    ['file:///etc/passwd', /must begin with https/],
    ['gopher://example.org:70/_', /must begin with https/],
    ['unix:///var/run/docker.sock', /must begin with https/],
    ['javascript:alert(1)', /must begin with https/],
    ['http://example.org/', /must begin with https/],
    ['http://93.184.216.34/', /must begin with https/],
    ['https://user@example.org/', /user name/],
    ['https://user:password@example.org/', /user name/],
    ['https://example.org@127.0.0.1/', /user name/],
    ['https://:password@example.org/', /user name/],
    ['https://example.org:22/', /port/],
    ['https://example.org:25/', /port/],
    ['https://example.org:0/', /port/],
    ['https://example.org:1023/', /port/],
  ]
  for (const [url, fault] of faults) assert.match(strict.fault(url) ?? 'accepted', fault, url)
})

test('public addresses and names are accepted', () => {
  const accepted = [
    'https://example.org/hook?a=b#c',
    'https://EXAMPLE.org./',
    'https://bücher.example/',
    'https://example.org:443/',
    'https://example.org:80/',
    'https://example.org:8443/',
    'https://93.184.216.34/',
    'https://[2606:4700::1111]/',
    'https://localhost.example.org/',
    'https://127.0.0.1.example.org/',
  ]
  for (const url of accepted) assert.equal(strict.fault(url), undefined, url)
})

test('all addresses of a name must be public', () => {
  const url = new URL('https://rebind.example/')
  assert.equal(strict.connectionFault(url, ['93.184.216.34', '2606:4700::1111']), undefined)
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    'nonsense',
  ]) {
    assert.match(strict.connectionFault(url, [address]) ?? '', /leads to an address/, address)
    assert.match(strict.connectionFault(url, ['93.184.216.34', address]) ?? '', /leads to an address/, address)
    assert.equal(isPublicAddress(address), false, address)
  }
  assert.match(strict.connectionFault(url, []) ?? '', /leads to an address/)
})

test('what the operator allows may be private, without TLS and on any port, and nothing else may', () => {
  const policy = TargetPolicy.parse('10.0.0.0/8, fd00::/8 192.168.1.7,Hooks.Internal.')
  for (const url of ['http://10.1.2.3:25/', 'http://[fd00::1]/', 'https://192.168.1.7/', 'http://hooks.internal:81/']) {
    assert.equal(policy.fault(url), undefined, url)
  }
  for (const url of [
    'https://11.0.0.1.nip.io@10.0.0.1/',
    'https://192.168.1.8/',
    'https://127.0.0.1/',
    'http://9.9.9.9/',
  ]) {
    assert.ok(policy.fault(url), url)
  }
  const connect = (url: string, ...addresses: string[]) => policy.connectionFault(new URL(url), addresses)
  assert.equal(connect('http://hooks.internal:81/', '127.0.0.1'), undefined, 'the name is trusted, wherever it leads')
  assert.equal(connect('http://other.example/', '10.0.0.1'), undefined, 'the range is, whatever name leads there')
  assert.match(connect('http://other.example/', '10.0.0.1', '9.9.9.9') ?? '', /https/)
  assert.match(connect('http://other.example/', '9.9.9.9') ?? '', /https/)
  assert.match(connect('https://evil.hooks.internal/', '127.0.0.1') ?? '', /leads to/)
  assert.match(connect('https://[::ffff:10.0.0.1]/', '::ffff:10.0.0.1') ?? '', /leads to/, 'not in another spelling')
})

test('a list that cannot be understood is an error with what is wrong in it', () => {
  for (const text of ['10.0.0.0/33', '10.0.0', '0x7f.1', 'a b/8', 'ex*mple', '1.2.3.4:80', '-', 'http://a']) {
    assert.throws(() => TargetPolicy.parse(text), /is neither an address, nor a range/, text)
  }
})

test('a host has one name', () => {
  assert.equal(hostOf(new URL('https://[::1]:1/')), '::1')
  assert.equal(hostOf(new URL('https://A.example.:1/')), 'a.example')
})
