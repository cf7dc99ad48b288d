<?php
// Fills the SQLite database of the PHP page from the job pages' own JSON: php fill.php DATABASE LIST < ONE-PAGE-A-LINE
[, $path, $list] = $argv;
@unlink($path);
$db = new PDO("sqlite:$path", null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$db->exec('PRAGMA journal_mode = WAL');
$db->exec('
CREATE TABLE session (id BLOB PRIMARY KEY, member INTEGER, until INTEGER, csrf TEXT) WITHOUT ROWID;
CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT, customer INTEGER, disabled INTEGER);
CREATE TABLE unit (id INTEGER PRIMARY KEY, plate TEXT, plate_region TEXT, vin TEXT, unit_number TEXT);
CREATE TABLE job (id INTEGER PRIMARY KEY, customer INTEGER, unit INTEGER, title TEXT, unit_name TEXT, plate TEXT, advisor TEXT, status TEXT,
    opened INTEGER, due INTEGER, usage INTEGER, tasks INTEGER, done INTEGER);
CREATE TABLE task (id INTEGER PRIMARY KEY, job INTEGER, title TEXT, description TEXT, technician TEXT, status TEXT, hourly INTEGER, worked INTEGER,
    completed INTEGER);
CREATE TABLE part (id INTEGER PRIMARY KEY, job INTEGER, description TEXT, quantity INTEGER, own INTEGER);
CREATE TABLE note (id INTEGER PRIMARY KEY, job INTEGER, task INTEGER, at INTEGER, who TEXT, text TEXT);
CREATE TABLE file (id INTEGER PRIMARY KEY, job INTEGER, task INTEGER, name TEXT, href TEXT);
CREATE INDEX task_job ON task (job); CREATE INDEX part_job ON part (job); CREATE INDEX note_job ON note (job); CREATE INDEX file_job ON file (job);
');
$time = fn($text) => $text ? strtotime($text) : null;
$members = [];
foreach (file($list) as $line) {
    if (!preg_match('/^page (\d+) (\S+)/', $line, $m)) continue;
    $members[(int)$m[1]] = $m[2];
}
$db->beginTransaction();
$put = function (string $table, array $row) use ($db) {
    static $made = [];
    $made[$table] ??= $db->prepare("INSERT OR IGNORE INTO $table VALUES (" . implode(',', array_fill(0, count($row), '?')) . ')');
    $made[$table]->execute($row);
};
while ($line = fgets(STDIN)) {
    $j = json_decode($line, true, 32, JSON_THROW_ON_ERROR);
    $cookie = $members[$j['id']];
    $member = crc32($cookie);
    $put('session', [hash('sha256', $cookie, true), $member, time() + 86400 * 30, bin2hex(random_bytes(16))]);
    $put('member', [$member, 'Ada Faulkner', $member, 0]);
    $put('unit', [$j['id'], $j['plate'], $j['plate_region'], $j['vin'], $j['unit_number']]);
    $put('job', [$j['id'], $member, $j['id'], $j['title'], $j['unit_name'], $j['plate'], $j['advisor'], $j['status'], $time($j['opened']), $time($j['due']),
        $j['usage'], $j['tasks_total'], $j['tasks_done']]);
    foreach ($j['tasks'] as $t) {
        $put('task', [$t['id'], $j['id'], $t['title'], $t['description'], $t['technician'], $t['status'], (int)$t['hourly'], $t['worked'], $time($t['completed'])]);
        foreach ($t['notes'] as $n) $put('note', [null, $j['id'], $t['id'], $time($n['at']), $n['who'], $n['text']]);
    }
    foreach ($j['parts'] as $p) $put('part', [null, $j['id'], $p['description'], $p['quantity'], (int)$p['own']]);
}
$db->commit();
