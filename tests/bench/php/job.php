<?php
// The job page as plain PHP would have it: the same queries, the same bytes. BENCH_DIR holds the database and the page's frame (head.html, foot.html).
declare(strict_types=1);
date_default_timezone_set('America/Los_Angeles');
$dir = $_SERVER['BENCH_DIR'];
$db = new PDO("sqlite:$dir/job.sqlite", null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC]);

function refuse(int $status): never { http_response_code($status); exit; }
function rows(string $sql, ...$values): array { global $db; $s = $db->prepare($sql); $s->execute($values); return $s->fetchAll(); }
function h(?string $s): string { return htmlspecialchars((string)$s, ENT_QUOTES); }
function when(int $at): string { return date('Y-m-d', $at) === date('Y-m-d') ? 'today, ' . date('g:i A', $at) : date('D, M j, g:i A', $at); }
function icon(string $name): string { return "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"/static/icons.svg?v=704d62ad2f245d40#$name\"/></svg>"; }
const CHIPS = ['new' => ['', 'circle', 'New'], 'in_progress' => [' busy', 'half', 'In progress'], 'completed' => [' good', 'check', 'Completed']];
function chip(string $s): string { [$tone, $icon, $label] = CHIPS[$s]; return "<span class=\"chip$tone\">" . icon($icon) . "$label</span>"; }
function span(int $ms): string { $m = intdiv($ms, 60000); return $m >= 60 ? intdiv($m, 60) . ' h ' . $m % 60 . ' min' : "$m min"; }

if (!preg_match('~^/portal/jobs/(\d+)$~', $_SERVER['REQUEST_URI'], $m)) refuse(404);
$session = rows('SELECT * FROM session WHERE id = ? AND until > ?', hash('sha256', $_COOKIE['sw'] ?? '', true), time())[0] ?? refuse(401);
$member = rows('SELECT * FROM member WHERE id = ? AND NOT disabled', $session['member'])[0] ?? refuse(401);
$job = rows('SELECT * FROM job WHERE id = ? AND customer = ?', (int)$m[1], $member['customer'])[0] ?? refuse(404);
$unit = rows('SELECT * FROM unit WHERE id = ?', $job['unit'])[0];
$tasks = rows('SELECT * FROM task WHERE job = ? ORDER BY id', $job['id']);
$parts = rows('SELECT * FROM part WHERE job = ? ORDER BY id', $job['id']);
$notes = $files = [];
foreach (rows('SELECT * FROM note WHERE job = ? ORDER BY at', $job['id']) as $n) $notes[$n['task']][] = $n;
foreach (rows('SELECT * FROM file WHERE job = ? ORDER BY id', $job['id']) as $f) $files[$f['task']][] = $f;

header('Content-Type: text/html; charset=utf-8');
header("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
header('X-Content-Type-Options: nosniff');
header('Referrer-Policy: same-origin');
header('Cache-Control: private, no-cache');
header('Vary: Accept, Cookie, Accept-Language');
header('ETag: W/"' . md5($session['csrf'] . $job['id'] . intdiv(time(), 60)) . '"');
readfile("$dir/head.html");
?>


<a class="go" href="/portal"><?= icon('back') ?>All jobs</a>
<div class="stack tight" data-live="head">
<p class="row"><?= chip($job['status']) ?> <span class="live" role="status" data-live-at>Up to date, <?= date('g:i A') ?></span></p>
<h1><?= h($job['title']) ?></h1>
<p><?= h($job['unit_name']) ?> <span class="plate"><?= h($job['plate']) ?></span></p>
<p class="hush small">Job <?= $job['id'] ?> · since <?= date('F j, Y', $job['opened']) ?> · promised for <?= when($job['due']) ?> · <?= $job['usage'] ?> miles</p>
</div>


<div class="split">
<section class="stack" aria-labelledby="tasks">
<h2 id="tasks">Tasks <span class="hush"><?= $job['done'] ?> of <?= $job['tasks'] ?> completed</span></h2>

<?php foreach ($tasks as $t): ?>
<article class="card stack<?= $t['status'] === 'completed' ? ' done' : '' ?>" aria-labelledby="t<?= $t['id'] ?>" data-live="task-<?= $t['id'] ?>">
<div class="row apart"><h3 id="t<?= $t['id'] ?>"><?= h($t['title']) ?></h3><?= chip($t['status']) ?></div>

<dl class="facts">
<dt>Technician</dt><dd><?= h($t['technician']) ?></dd>
<?php if ($t['hourly']): ?><dt>Total hours</dt><dd><span class="timer"><?= span($t['worked']) ?> <?= icon('clock') ?></span></dd><?php endif ?>

<?php if ($t['completed']): ?><dt>Completed</dt><dd><?= when($t['completed']) ?></dd><?php endif ?>

</dl>

<p><?= h($t['description']) ?></p>


<?php if (isset($files[$t['id']])): foreach ($files[$t['id']] as $f): ?><a href="<?= h($f['href']) ?>"><?= h($f['name']) ?></a><?php endforeach; endif ?>
<?php if (isset($notes[$t['id']])): ?><ol class="log" aria-label="Notes"><?php foreach ($notes[$t['id']] as $i => $n): ?><li<?= $i === count($notes[$t['id']]) - 1 ? ' class="busy"' : '' ?>><p class="meta"><?= h($n['who']) ?> · <?= when($n['at']) ?></p><p><?= h($n['text']) ?></p></li><?php endforeach ?></ol><?php endif ?>

</article>

<?php endforeach ?>

</section>
<aside class="stack" aria-label="Parts and unit">
<section class="card stack tight" aria-labelledby="parts" data-live="parts">
<h2 id="parts">Parts</h2>

<ul class="stack tight"><?php foreach ($parts as $p): ?><li class="row apart"><span><?= h($p['description']) ?><?= $p['own'] ? ' <span class="hush">(yours)</span>' : '' ?></span><span class="num hush"><?= $p['quantity'] / 1000 ?></span></li><?php endforeach ?></ul>
<p class="hush small">Parts are new unless we say otherwise.</p>

</section>
<section class="card stack tight" aria-labelledby="unit">
<h2 id="unit">Your unit</h2>
<dl class="facts small">
<dt>Plate</dt><dd><?= h($unit['plate']) ?>, <?= h($unit['plate_region']) ?></dd>

<dt>VIN</dt><dd><?= h($unit['vin']) ?></dd>
<dt>Advisor</dt><dd><?= h($job['advisor']) ?></dd>
</dl>
<p><a class="button full" href="tel:+13105550100"><?= icon('phone') ?>Call about this job</a></p>
</section>
</aside>
</div>
<?php readfile("$dir/foot.html");
