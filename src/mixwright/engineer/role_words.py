"""What the words in track names mean: the lexicon behind `mixwright.engineer.roles`.

Each line of the table is a list of phrases separated by commas; a phrase is one or more words. Words stand as
they are looked up: lower case, without accents. Longer phrases win ("bass drum" over "bass").
A *sense* is either a role or one of the words below, which need the rest of the name to be understood.
"""

from __future__ import annotations

import re
import unicodedata

from mixwright.roles import Role

__all__ = ["FILLERS", "LEXICON", "PIECES", "SECTIONS", "SENSE_WEIGHT", "plain"]

# senses that are no role by themselves
VOICE, LEAD, BACKING = "voice", "lead", "backing"
GUITAR, ELECTRIC, ACOUSTIC, GUITAR_HINT = "guitar", "electric", "acoustic", "guitar_hint"
DRUMS, KIT_MIC, BEAT, LOOP, LETTER_K, LETTER_S, LETTER_T = "drums", "kit_mic", "beat", "loop", "k", "s", "t"
KEYBOARD, SYNTH, EIGHT_O_EIGHT = "keyboard", "synth", "808"
WIND_VOICE, LOW_SECTION = "wind_voice", "low_section"
SAMPLE, EFFECT, REVERSE, MIX, CLICK = "sample", "effect", "reverse", "mix", "click"
# senses that say nothing of the role, but of the microphone, the side, the performance
DOUBLE, OVERDUB, DI, AMP, MIC = "double", "overdub", "di", "amp", "mic"
LEFT, RIGHT, MONO, LOW, HIGH = "left", "right", "mono", "low", "high"
TOP, BOTTOM, IN, OUT, SIDE = "top", "bottom", "in", "out", "side"
CLOSE, FAR, FRONT, BACK, MID, SPOT = "close", "far", "front", "back", "mid", "spot"
FLOOR, RACK = "floor", "rack"

_WORDS: list[tuple[str, str]] = [
    # vocals, English
    (Role.LEAD_VOCAL, """
        lead vox, lead vocal, lead vocals, lead voc, lead vocs, lead voice, main vox, main vocal, main
        vocals, main voice, lead singer, ld vox, ld voc, ldvox, ldvx, ldvoc, lv, lvox, lvoc, l vox, l voc, l
        voice, leadvox, male singer, female singer, singer, solo vocal, solo voice, solo vox, principal
        vocal, vox main, vocal main, rap, rapper, topline, acapella, a capella, verse vox, lead v, vox ld,
        lead vx, vx lead, vs vox, ad lib, ad libs, adlib, adlibs, narration, narrator, spoken,
        spoken word"""),
    (VOICE, """
        vox, vocal, vocals, voc, vocs, voice, voices, vx, vocalist, sing, singing, vos, vcl, vcls, vocl"""),
    (LEAD, "lead, ld, main, principal"),
    (BACKING, """
        backing, background, bg, bgv, bgvs, bgvox, bgvx, bv, bvs, bvox, bvx, b vox, b vocal, bgs, back vox,
        back vocal, back vocals, back voc, back voice, bck vox, bck voc, bkg vox, bkgd vox, bkg, bkgd, bgnd,
        bgrnd, bgd, harm, harms, harmony, harmonies, harmo, choir, choirs, chorus vox, chorus vocal, chorus
        vocals, choral, chorale, gang, gangs, gang vox, group vox, group vocals, crowd vox, shout, shouts,
        ooh, oohs, ooo, ahh, ahhs, aah, aahs, ah, ahs, haa, oh yeah, la la, na na, falsetto, whisper,
        whispers, speech, talkbox, talk box, vocoder, bop, bops, doo wop, third above, octave vox, stack
        vox, vox stack, vocal stack, low vox, high vox, sopranos, altos, tenors, soprano, aahh, oo, hoo,
        hey, heys, woah, whoa, response, call response, chants, kids, kid choir, children choir"""),
    # vocals, other languages
    (Role.LEAD_VOCAL, """
        hauptgesang, hauptstimme, leadgesang, leadstimme, solostimme, solo gesang, chant principal, voix
        principale, voix lead, chant lead, voz principal, voz lider, vocal principal, voz solista, voce
        principale, voce solista, cantante, canto, sanger, zanger, zangeres, chanteur, chanteuse, cantor,
        cantora, vokal lead, sologesang"""),
    (VOICE, """
        chant, stimme, stimmen, gesang, vokal, vokale, voix, voz, voces, vozes, voce, voci, zang,
        sang, vokaly, spiew, wokal, вокал, голос, ボーカル, ヴォーカル, 人声, 主唱, laulu"""),
    (BACKING, """
        chor, choere, hintergrundgesang, backgroundgesang, background gesang, zweitstimme,
        begleitgesang, backings, choeur, choeurs, coro, coros, cori, segunda voz, backing vocais,
        refuerzo, seconde voix, controcanto, koor, kor, хор, бэк, бэки, бэк вокал, コーラス, ハモリ, 和声"""),
    # drums
    (Role.KICK, """
        kick, kicks, kik, kiks, kck, kic, kk, bd, kd, bass drum, bassdrum, base drum, kick drum,
        kickdrum, kdrum, bdrum, k drum, k in, k out, kin, kout, grosse caisse, grossecaisse, bombo
        in, bombo out, cassa, bumbo, grosse trommel, grosstrommel, basstrommel, bass trommel,
        fusstrommel, stortromme, bastrumma, bassotrumma, grote trom, bombo kick, бочка, бас бочка,
        キック, バスドラ, 底鼓, sub kick, subkick, ns10 kick, kik drum"""),
    (Role.SNARE, """
        snare, snares, snr, snrs, snar, sn, sd, sna, snare drum, snaredrum, sndrum, rim, rimshot,
        rim shot, rim click, sidestick, side stick, cross stick, crossstick, xstick, x stick, caisse
        claire, caisseclaire, caja, redoblante, tarola, rullante, caixa, kleine trommel,
        kleinetrommel, малый, малый барабан, снейр, スネア, 军鼓, virvel, virveltrumma, skarptromme,
        brushes, brush, brush snare, piccolo snare"""),
    (Role.TOMS, """
        tom, toms, tomtom, tomtoms, rack tom, racktom, floor tom, floortom, floor toms, hi tom, mid
        tom, low tom, lo tom, high tom, hitom, midtom, lowtom, lotom, rtom, ftom, r tom, f tom, fl
        tom, fltom, flr tom, flt, flrtom, ft, rt, standtom, stand tom, haengetom, hangetom, hange
        tom, tom basse, tom alto, tom medium, goliath, tom de piso, timbalao, surdo tom, timpano
        tom, том, томы, タム, t om, rototom, rototoms, roto tom, octoban, octobans, simmons tom, tam
        tam tom"""),
    (Role.HIHAT, """
        hihat, hihats, hi hat, hi hats, hh, hhat, hhats, hats, hat, high hat, high hats, highhat,
        highhats, hht, hat close, closed hat, open hat, openhat, closedhat, closed hi hat, open hi
        hat, ohh, chh, charley, charleston, charlest, contratiempo, chimbal, chimbau, hi hat pedal,
        hihhat, hattar, хэт, хай хэт, ハイハット, h hat, contratempo"""),
    (Role.CYMBALS, """
        cymbal, cymbals, cym, cyms, cymb, cymbs, crash, crashes, ride, rides, rde, rd, rd cym, ride
        bell, china, splash, sizzle, gong, gongs, tam tam, swell cymbal, rev cymbal, reverse cymbal,
        becken, crashbecken, ridebecken, cymbale, cymbales, platillo, platillos, platos, piatti,
        piatto, prato, pratos, bekken, cymbaler, тарелки, тарелка, райд, крэш, シンバル"""),
    (Role.OVERHEADS, """
        overhead, overheads, over head, over heads, ovh, ovhd, ovhds, ovhs, ovr, oh, ohs, ohd, ohds,
        st oh, stoh, oheads, over close, over far, mono over, ovrhd, ovrhds, oh mono, glyn johns,
        aereos, aereo, panoramiche, panoramici, panoramicos, over, overs,
        оверхед, оверхеды, オーバーヘッド"""),
    (KIT_MIC, """
        drums squash, drums crush, drums smash, drums reverb, drums verb, drums leakage, drums side, drums
        trash, drums close, drum close, drums crunch, drums sansamp, drum shell, fat head, fathead, drums
        mono, mono drums, drums mono mic, drum mono, mono dr, drums knee, knee mic, mono kit, kit mono,
        drumkit close, drumkit mono, drumkit squash, drumkit crush, drumkit trash, drumkit side, squash mic,
        trash mic, crush mic, drums s, drum crush, drum squash, drum smash, drum trash, wurst, drums
        parallel, crotch mic, crotch"""),
    (Role.ROOM, """
        room, rooms, rm, rms, rmm, amb, ambs, ambience, ambiences, ambiance, ambient, ambients,
        ambi, room mic, room mics, hall, hall mic, chamber, chambers, stairwell, hallway, hall pair,
        audience mic, decca tree, decca, main pair, front pair, pair front, stereo pair, ortf, ab
        pair, front ms, raum, raummikro, raummikrofon, raumton, stanza, sala, salon, ambiente,
        ambientes, piece, рум, комната, ルーム, rum, kamer, outrigger, outriggers, live room mic"""),
    (DRUMS, """
        drum, drums, dr, drs, drms, drm, kit, drumkit, drum kit, drumset, drum set, drumz,
        schlagzeug, batterie, bateria, batteria, drumstel, slagwerk, trummor, trommer, trommor,
        perkusja, барабаны, ударные, ドラム, ドラムス, 鼓, rummut, bat, schlgz"""),
    (Role.DRUM_KIT, """
        drum machine, drummachine, drum loop, drumloop, drum loops, drum fill, drum fills, drum mix, drum
        stem, drum bus, drums stem, drums bus, drum sub, tr808, tr909, linndrum, lm1, mpc, breakbeat, break
        beat, breakbeats, amen, tops loop, top loop, full kit, programmed drums, prog drums, drum program,
        drum stereo, drums stereo, drums st, drum rack, e drums, edrums, electronic drums, elec drums,
        electric drums, acoustic drums, live drums, beatbox loop, samba loop, boite a rythmes, drumcomputer,
        caja de ritmos, kick snare, kick and snare, k and sn, k sn, k s, drum break, ssd, superior drummer,
        ezdrummer, battery, bfd, addictive drums, trap beat"""),
    (BEAT, """
        beat, beats, break, breaks, groove, rhythm section, tr 808, tr 909, 808 drums, 909"""),
    (LOOP, "loop, loops, lp, fill, fills"),
    (LETTER_K, "k"),
    (LETTER_S, "s"),
    (LETTER_T, "t 1, t 2, t 3, t 4, t1, f t"),
    (Role.PERCUSSION, """
        percussion, percussions, perc, percs, prc, perk, shaker, shakers, shkr, shk, shake, egg, egg
        shaker, tambourine, tambourines, tamb, tambs, tambo, tambor, tmb, tamburine, tambourin,
        tamburin, tamburello, pandereta, pandeireta, schellenkranz, schellen, rassel, clap, claps,
        handclap, handclaps, hand clap, hand claps, clp, palmas, klatschen, applaus clap,
        claquement, palme, snap, snaps, finger snap, finger snaps, fingersnap, fingersnaps, finger
        click, finger clicks, fingerclick, fingerclicks, schnippen, conga, congas, cong, bongo,
        bongos, djembe, djembes, cajon, cajons, timbale, timbales, tabla, tablas, udu, darbuka,
        doumbek, dumbek, dhol, dholak, bodhran, taiko, taikos, surdo, pandeiro, cuica, repinique,
        tamborim, ganza, guiro, cabasa, cabaza, maracas, maraca, clave, claves, woodblock, wood
        block, woodblocks, temple block, temple blocks, wood, castanets, castanet, castanuelas,
        triangle, triangles, triangolo, triangulo, cowbell, cowbells, cow bell, agogo, sleighbells,
        sleigh bells, sleighbell, jingle bells, jingles, jingle, jam block, jamblock, vibraslap,
        rainstick, rain stick, ocean drum, anvil, amboss, timpani, timps, timp, tymp, tympani,
        pauken, pauke, timbaux, timbales orchestra, wind chime, windchime, windchimes, wind chimes,
        bar chimes, mark tree, marktree, bell tree, belltree, chug, stomp, stomps, foot stomp,
        footstomp, stamp, stamps, metal hit, hit perc, ratchet, whip, flexatone, log drum, frame
        drum, hand drum, hand drums, toy drum, steel drums hit, sticks, stick, bones perc, spoons,
        washboard, body percussion, paliteo, tambora, alegre, llamador, guacharaca, guaracha,
        guache, guasa, cununo, cunono, cunonos, cachapas, bombo, ethnic drum, tribal, beatbox, beat
        box, vocal percussion, vox percussion, vox perc, vocal perc, mouth percussion, concert bass
        drum, gran cassa, grancassa, orchestral percussion, perkussion, percusion, percusiones,
        percussao, percussioni, percusion menor, slagwerk perc, перкуссия, шейкер, бубен, パーカッション,
        シェイカー, タンバリン, tops, metallophone hit, trash can, garbage can, pots, bottle, bottles"""),
    # bass
    (Role.BASS, """
        bass, bas, bs, bss, bassgtr, bass gtr, bass guitar, bassguitar, bass guit, gtr bass, b gtr,
        bgtr, e bass, ebass, el bass, electric bass, upright bass, upright, double bass, doublebass,
        contrabass, contra bass, dbl bass, stand up bass, standup bass, acoustic bass, slap bass,
        bass slap, fretless, fretless bass, double basses, contrabasses, synth bass, synthbass, bass
        synth, basssynth, moog bass, sub bass, subbass, sub, subs, 808 bass, bass 808, reese, p
        bass, j bass, pbass, jbass, precision bass, jazz bass, ampeg, svt, kontrabass, e-bass,
        bassgitarre, bass gitarre, basse, contrebasse, guitare basse, bajo, contrabajo, baixo,
        contrabaixo, basso, contrabbasso, basgitaar, basgitarr, basguitar, contrabas, guitarron,
        wobble, wobble bass, bas gitarowy, бас, бас гитара, контрабас, ベース, 贝斯, tb303, 303,
        bassline, bass line, low bass, minitaur, taurus, basso elettrico, bajo electrico, mini moog
        bass, bs gtr"""),
    (EIGHT_O_EIGHT, "808, 808s"),
    (LOW_SECTION, "basses"),
    # guitars
    (GUITAR, """
        guitar, guitars, gtr, gtrs, guit, guits, git, gits, gitar, gitarre, gitarren, gt, gts, gitr,
        guitare, guitares, guitarra, guitarras, chitarra, chitarre, gitaar, gitaren, gitarr, gitara,
        gtt, gutiar, guiatr, гитара, гитары, ギター, 吉他, kitara, axe, gr, gtar, 6 string, 7 string,
        baritone gtr, baritone guitar, bari gtr, power chords, power chord"""),
    (ELECTRIC, """
        elec, electric, ele, el, elect, eg, e gtr, egtr, egit, e git, e guitar, eguitar, elgtr, el gtr, elec
        gtr, elecgtr, electric guitar, electric gtr, e gitarre, egitarre, stromgitarre, guitare electrique,
        electrique, guitarra electrica, electrica, electrico, eletrica, guitarra eletrica, chitarra
        elettrica, elettrica, elgitarr, elgitar, gtr elec, guitar elec, gel, elgit, электрогитара, electro
        guitar, electro gtr"""),
    (Role.ELECTRIC_GUITAR, """
        lead guitar, lead gtr, leadgtr, leadguitar, rhythm guitar, rhythm gtr, rhy gtr, rhtm gtr, rtm gtr,
        rhythmguitar, dist gtr, distorted guitar, clean gtr, clean guitar, crunch gtr, heavy gtr, hvy gtr,
        hvy git, solo gtr, solo guitar, slide guitar, slide gtr, slidegtr, wah gtr, ebow, e bow, tele,
        telecaster, strat, stratocaster, les paul, lespaul, lp gtr, rickenbacker, gretsch, sg, jazzmaster,
        lap steel, lapsteel, pedal steel, pedalsteel, steel guitar, steel gtr, pedal steel guitar, psg,
        kemper, axefx, helix, marshall, mesa, vox ac30, ac30, twin reverb, soldano, 5150, jcm800, jazz
        chorus, rhythmusgitarre, leadgitarre, sologitarre, guitare rythmique, guitare solo, guitarra
        ritmica, guitarra solista, chitarra solista, chitarra ritmica, chitarra solo, amp gtr, guitar amp,
        gtr amp"""),
    (GUITAR_HINT, """
        solo, dist, rhythm, rhy, riff, riffs, strum, strums, strumming, chugs, chords clean, crunch, wah,
        fuzz, distortion,
        distorted, baritone, arpeggiated gtr, feedback, twang, tremolo, slide, harmonics"""),
    (ACOUSTIC, """
        acoustic, acoustics, aco, acou, acous, acst, acc gtr, ac, acgtr, ac gtr, ac gt, acgt, acg,
        agtr, a gtr, agt, aguitar, a guitar, acousticgtr, acoustic gtr, acoustic guitar, act guit,
        actguit, ac guit, acguit, acgit, ac git, ag, acou gtr, akustik, akustisch, akustikgitarre, a
        gitarre, akustische gitarre, acoustique, guitare acoustique, guitare folk, guitare seche,
        guitare classique, acustica, acustico, guitarra acustica, guitarra espanola, guitarra
        criolla, guitarra clasica, chitarra acustica, chitarra classica, violao, viola caipira, gtr
        acoustic, guitar acoustic, gtr ac, gtr acc, guitar ac, akustisk, akoestisch, акустика,
        акустическая гитара, アコギ, アコースティック, acoustic gt, acous gtr, aco gtr, acgtrs"""),
    (Role.ACOUSTIC_GUITAR, """
        nylon, nylon guitar, nylon gtr, nylongtr, steel string, steelstring, classical guitar,
        classical gtr, spanish guitar, flamenco, westerngitarre, western gitarre, konzertgitarre,
        folk guitar, parlor, dreadnought, banjo, banjos, bjo, mandolin, mandolins, mandoline,
        mandolino, mandolina, mando, mandola, ukulele, ukelele, ukuleles, uke, ukes, dobro,
        resonator, reso, reso guitar, bouzouki, bouz, bouzuki, dulcimer, dulcimers, charango,
        cavaquinho, cuatro, tres, requinto, lute, laute, oud, saz, balalaika, sitar, autoharp, auto
        harp, zither, koto, shamisen, guitalele, guitarlele, vihuela, weissenborn, high strung,
        twelve string, 12 string, 12 strings, 12 str, nashville, nashville gtr, strummed acoustic,
        tiple, mandocello, 12 string acoustic, укулеле, балалайка, バンジョー"""),
    # keys
    (Role.PIANO, """
        piano, pianos, pno, pian, pna, grand, grand piano, baby grand, upright piano, piano upright,
        acoustic piano, steinway, bosendorfer, honky tonk, tack piano, felt piano, klavier, fluegel,
        flugel piano, pianoforte, piano a queue, piano droit, cp80, cp 80, cp70, prepared piano,
        flygel, fortepiano, фортепиано, пианино, рояль, ピアノ, 钢琴, piano synth, harpsichord piano,
        piano de cola"""),
    (KEYBOARD, """
        keys, key, kys, keyz, keyb, keybd, keyboard, keyboards, kbd, kbds, tasten, clavier,
        claviers, teclado, teclados, tastiera, tastiere, klawisze, tangenter, klaviatur, клавиши,
        キーボード, 键盘, nord, nord 88"""),
    (Role.KEYS, """
        ekeys, e keys, electric piano, elec piano, electricpiano, elecpiano, ele piano, el piano, e
        piano, epiano, ep, eps, rhodes, rhds, rhd, rhode, rodes, fender rhodes, wurli, wurly,
        wurlie, wurlitzer, wurl, wrly, wurlitser, clav, clavs, clavi, clavinet, clavinette, clv,
        harpsichord, cembalo, clavecin, clavicembalo, celesta, celeste, accordion, accordian,
        accordeon, akkordeon, accord, acordeon, acordeao, sanfona, fisarmonica, concertina,
        bandoneon, squeezebox, melodica, harmonium, pump organ keys, mellotron, tron, stylophone,
        omnichord, dx7 ep, dx ep, suitcase, stage piano, piano rhodes, аккордеон, エレピ, piano
        electrico, piano electrique, piano elettrico"""),
    (Role.ORGAN, """
        organ, organs, org, orgn, hammond, hamond, hammond organ, b3, b 3, c3, leslie, lesley,
        farfisa, vox continental, church organ, pipe organ, pump organ, orgel, orgue, organo, orgao,
        hammondorgel, kirchenorgel, drawbar, drawbars, орган, オルガン, rotary, organ leslie, vox organ"""),
    (SYNTH, """
        synth, synths, syn, syns, synt, syth, snth, sy, synthe, synthesizer, synthesiser,
        synthesizers, synthi, sintetizador, sintetizzatore, sinte, synthetiseur, szyntezator, синт,
        синтезатор, シンセ, 合成器, keys synth"""),
    (Role.SYNTH_LEAD, """
        synth lead, lead synth, synthlead, leadsynth, arp, arps, arpeggio, arpeggios, arpeggiator, arpegio,
        arpeggiated, seq, sequence, sequencer, pluck, plucks, stab, stabs, saw, saws, supersaw, square lead,
        saw lead, chiptune, 8bit lead, moog, minimoog, mini moog, juno, jupiter, prophet, dx7, virus, serum,
        massive, nexus, sylenth, minilogue, mininova, mini nova, ob6, obxa, oberheim, odyssey, microkorg,
        korg, wavetable, modular, eurorack, theremin, tb 303, acid, acid lead, blip, blips, bleep, bleeps,
        polysynth, poly synth, monosynth, mono synth, synth hook, omnisphere, lead line"""),
    (Role.SYNTH_PAD, """
        pad, pads, synth pad, synthpad, pad synth, strings pad, string pad, warm pad, drone, drones,
        atmos, atmo, atmosphere, atmospheres, texture, textures, flaeche, flache, flaechen, nappe,
        nappes, soundscape, colchon, tappeto, ambient pad, swell pad, пэд, подклад, パッド"""),
    (Role.MALLET, """
        mallet, mallets, vibes, vibraphone, vibraphon, vibrafono, vibrafon, vib, vibs, marimba,
        marimbas, xylophone, xylo, xylophon, xilofono, glock, glocks, glockenspiel, glocken, glok,
        kalimba, mbira, thumb piano, toy piano, music box, musicbox, spieluhr, celesta bells, bells,
        bell, tubular bells, tubularbells, tubular bell, chimes, chime, hand bells, handbells,
        church bell, glass bell, steel drum, steel drums, steelpan, steel pan, steel pans, crotales,
        carillon, campana, campanas, campane, sinos, balafon, gamelan, hang drum, handpan, hang,
        bell synth, metallophone, wine glasses, glass harmonica, колокольчики, 铃"""),
    # orchestra
    (Role.STRINGS, """
        strings, string, strs, str, strgs, stgs, string section, orchestra, orch, orchestre,
        orquesta, orquestra, orchester, violin, violins, vln, vlns, vlin, viol, vl, vn, vns, violin
        1, 1st violin, 2nd violin, viola, violas, vla, vlas, vle, cello, cellos, celli, violoncello,
        violoncelle, violonchelo, vc, vcl cello, vlc, clo, fiddle, fiddles, fid, fidl, harp, harps,
        harfe, arpa, harpa, harpe, geige, geigen, bratsche, bratschen, streicher, violine, violinen,
        violon, violons, cordes, cuerdas, cordas, archi, violino, violini, violinos, violoncelo,
        strijkers, viool, strakar, fiol, stryger, pizz, pizzicato, arco, spiccato, tremolo strings,
        quartet, string quartet, quartett, streichquartett, synth strings, synthstrings, strings
        synth, solina, arp solina, string machine, erhu, струнные, скрипка, скрипки, виолончель,
        альт, ストリングス, バイオリン, チェロ, 弦乐, 小提琴, hurdy gurdy, nyckelharpa"""),
    (Role.BRASS, """
        brass, brs, brss, brass section, trumpet, trumpets, trp, trps, tpt, tpts, tpet, trpt, trmpt,
        trump, tp, cornet, flugelhorn, fluegelhorn, flugel, flug, flgl, trombone, trombones, trb,
        trbs, tbn, tbns, tbone, t bone, tbo, bone, bones, bass trombone, trombone bass, trom, french
        horn, french horns, frenchhorn, frenchhorns, fr horn, frhn, f horn, fhn, horn, horns, hrn,
        hrns, hns, horn section, hornsection, tuba, tubas, sousaphone, euphonium, euph, blaser,
        blaeser, trompete, trompeten, posaune, posaunen, waldhorn, hoerner, blech, cuivres,
        trompette, trompettes, cor anglais brass, metales, metais, trompeta, trompetas, trompete,
        trombon, trombones, ottoni, tromba, trombe, fiati, corno, corni, koper, blasare, медь,
        духовые, труба, тромбон, ブラス, トランペット, 小号"""),
    (Role.WOODWIND, """
        sax, saxes, saxs, saxo, saxophone, saxophones, saxofon, saxofone, sassofono, saxophon,
        saksofon, alto sax, tenor sax, bari sax, baritone sax, sop sax, soprano sax, sax alto, sax
        tenor, sax bari, sax baritone, asax, tsax, bsax, horn tenor, horns tenor, horn alto, horn
        bari, flute, flutes, flt flute, fl flute, flauta, flauti, flauto, flote, floete, querflote,
        querfloete, blockflote, flutist, piccolo, picc, recorder, recorders, recordier, clarinet,
        clarinets, clar, clarinete, clarinetto, clarinette, klarinette, bass clarinet, bassclarinet,
        bcl, oboe, oboes, hautbois, cor anglais, english horn, bassoon, bassoons, fagott, fagot,
        basson, woodwind, woodwinds, ww, winds, holzblaser, bois, maderas, legni, madeiras,
        harmonica, harmonicas, harp harmonica, blues harp, mouth organ, mundharmonika, armonica,
        gaita, harmonicas, whistle, whistles, tin whistle, tinwhistle, low whistle, penny whistle,
        whistling, pfeifen, bagpipe, bagpipes, uilleann, uilleann pipes, pipes, dudelsack, chanter,
        pan flute, panflute, pan pipes, panpipes, shakuhachi, quena, ocarina, duduk, didgeridoo,
        didge, ney, mellotron flute, mellotronflute, ewi, саксофон, флейта, кларнет, гармошка, サックス,
        フルート, 长笛, 萨克斯"""),
    (WIND_VOICE, "alto, tenor, bari, altosax, tenorsax"),
    # effects and the rest
    (EFFECT, """
        fx, sfx, efx, fxs, sfxs, effect, effects, efecto, efectos, effet, effets, effekt, effekte, efeito,
        efeitos"""),
    (Role.FX, """
        riser, risers, rise, uplifter, upsweep, downlifter, downsweep, sweep, sweeps, whoosh, woosh,
        swoosh, swish, impact, impacts, boom, booms, drop, sub drop, subdrop, sub hit, sub hits,
        subboom, sub boom, noise, noises, white noise, noise sweep, build, buildup, build up,
        transition, transitions, transistion, glitch, glitches, scratch, scratches, scratching,
        decks, turntable, turntables, vinyl, vinyl noise, crackle, static, radio, siren, sirens,
        foley, footsteps, steps, breath, breaths, breathing, heartbeat, crowd, applause, audience,
        cheers, laugh, laughs, laughter, birds, rain, thunder, wind, ocean, waves, water, fire,
        nature, field recording, street, traffic, phone, telephone, alarm, bomb, explosion, gun,
        gunshot, beep, beeps, zap, laser, stutter, reverse fx, soundfx, sound fx, sound effects,
        soundeffects, geraeusch, gerausche, geraeusche, bruit, bruits, bruitage, ruido, ruidos,
        rumore, rumori, rumble, swell, swells, riffle, hit fx, cinematic hit, hits, braam, ear
        candy, earcandy, spd sx, spdsx, movie, dialog, dialogue, tv, интершум, шум, эффект, эффекты,
        効果音, dj"""),
    (SAMPLE, "sample, samples, smp, smpl, smpls, sampler, sampled, spl, trig, trigger"),
    (REVERSE, "rev, reverse, reversed, revs, backwards"),
    (CLICK, """
        click, clicks, clk, click track, clicktrack, metronome, metronom, metro, klick, clic, guide click,
        count in, countin, count, smpte, timecode, ltc"""),
    (MIX, """
        mix, mixdown, mixed, master, mastered, roughmix, rough mix, ruff mix, ruffmix, final mix, finalmix,
        full mix, fullmix, mix print, print, 2mix, two track, 2track, 2 track, stereo mix, bounce,
        reference, ref mix, premaster, pre master, instrumental mix, backing track, minus one, playback"""),
    # words of the desk
    (DOUBLE, """
        dt, dts, dbl, dbls, dble, dbe, double, doubles, doubled, doubling, doubletrack, double track, double
        tracked, dup, dups, dub, dubs, 2x, db, trpl, trple, triple, quad, quads, doppelt, doppel, doppler,
        doublage, doble, doppia, dobra, adt"""),
    (DI, """
        di, dis, d i, direct, dibox, di box, directbox, dry di, line, passive di, active di, didt, linea"""),
    (AMP, """
        amp, amps, cab, cabs, cabinet, reamp, reamped, re amp, speaker, verstarker, ampli"""),
    (MIC, """
        mic, mics, mike, mik, micro, mikro, mikrofon, microphone, mc, microfono, microfone"""),
    (OVERDUB, "od, ods, ovdb, overdub, overdubs"),
    (LEFT, """
        left, lft, links, gauche, izq, izquierda, izquierdo, esq, esquerda, sinistra, linke, vanster,
        venstre"""),
    (RIGHT, """
        right, rgt, rght, rechts, droite, derecha, derecho, direita, destra, rechte, hoger, hojre"""),
    (TOP, """
        top, up, upper, tp mic, oben, haut, arriba, sopra, cima, ontop, topmic, batter top"""),
    (BOTTOM, """
        bottom, bot, btm, bttm, botm, down, under, underneath, bott, unten, bas dessous, abajo, sotto, baixo
        mic, lower"""),
    (IN, "in, inside, inner, beater, batter, ins, innen, dentro, interno, int"),
    (OUT, """
        out, outside, outer, reso head, resonant, aussen, fuera, fora, esterno, ext, outs"""),
    (SIDE, "side, shell"),
    (CLOSE, "close, near, nah, cls, closed mic, cerca"),
    (FAR, "far, distant, dist mic, weit, lejos"),
    (FRONT, "front, frnt, vorne"),
    (BACK, "back, rear, behind"),
    (MID, "mid, middle"),
    (LOW, "lo, low, lows"),
    (HIGH, "hi, high, highs, hgh"),
    (MONO, "mono, stereo, st, ster, ms, xy, blumlein"),
    (FLOOR, "floor, flr"),
    (RACK, "rack"),
    (SPOT, "spot, support"),
]  # fmt: skip

# the share each sense has when several meet in one name; what is more special wins over what is more general
SENSE_WEIGHT: dict[str, float] = {
    Role.KICK: 7.0, Role.SNARE: 6.8, Role.TOMS: 6.6, Role.HIHAT: 7.0, Role.CYMBALS: 6.4, Role.OVERHEADS: 6.5,
    KIT_MIC: 6.0, Role.ROOM: 3.4, Role.PERCUSSION: 6.2, Role.DRUM_KIT: 6.0, DRUMS: 3.0, BEAT: 4.0, LOOP: 3.2,
    LETTER_K: 1.0, LETTER_S: 1.0, LETTER_T: 1.0, FLOOR: 3.5, RACK: 3.5,
    Role.BASS: 6.0, GUITAR: 5.0, ELECTRIC: 4.6, ACOUSTIC: 4.6, Role.ELECTRIC_GUITAR: 5.2,
    Role.ACOUSTIC_GUITAR: 6.2, GUITAR_HINT: 2.5, EIGHT_O_EIGHT: 2.6,
    Role.PIANO: 5.6, Role.KEYS: 5.4, KEYBOARD: 4.0, Role.ORGAN: 6.0,
    SYNTH: 5.0, Role.SYNTH_LEAD: 5.0, Role.SYNTH_PAD: 4.8,
    Role.MALLET: 5.8, Role.STRINGS: 6.0, Role.BRASS: 6.0, Role.WOODWIND: 6.6, WIND_VOICE: 3.0,
    LOW_SECTION: 5.0,
    Role.LEAD_VOCAL: 6.5, VOICE: 6.3, BACKING: 6.5, LEAD: 2.5,
    EFFECT: 2.8, Role.FX: 3.6, SAMPLE: 2.2, REVERSE: 1.2, CLICK: 5.0, MIX: 2.0,
}  # fmt: skip


def plain(text: str) -> str:
    """Lower case without accents; German sharp s as ss, so that names and lexicon meet in one spelling."""
    text = text.casefold()
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _lexicon() -> dict[tuple[str, ...], str]:
    table: dict[tuple[str, ...], str] = {}
    for sense, phrases in _WORDS:
        for phrase in phrases.split(","):
            words = tuple(re.findall(r"[^\W\d_]+|\d+", plain(phrase)))
            if words:
                table.setdefault(words, sense)
    return table


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEXICON: dict[tuple[str, ...], str] = _lexicon()

# words that say nothing about the role, but may be glued to one that does ("studiovox")
FILLERS = _words("""
    audio track tracks stem stems wav take takes comp comped edit edited raw dry wet clean dirty live studio
    new old final print bip cons consolidated tuned untuned tune melodyne fixed intro outro verse chorus pre
    bridge solo main ch vs prechorus hook end part loud soft quiet short long big small fat thin warm light
    heavy hvy hard slow fast alt alternate extra insert inst instrument midi vsti muted unmuted processed
    dynamic dyn the and with song section quiet male female and no nr num copy group grp bus sum scene
    export exported rec recording normal crush slap picked palm
""")
# words for a part of the song: "intro drums" is a kit playing the intro, not one of its microphones
SECTIONS = _words(
    "intro outro verse chorus pre prechorus bridge end ending hook drop build part breakdown section"
)
# two-letter pieces that may be part of a run-together word ("bgvox", "egtr", "ohl")
PIECES = _words("bg bv oh sn bd sd kd di dt ac el ld hh lo hi fl rm tb fx st")
