"""Entities of books, films, music and other works."""

from __future__ import annotations

from integrations.llm.offline.library.notation import entity

MEDIA = [
    entity(
        "Book",
        "book; libro",
        "A book that can be read",
        (
            "title: string(200); isbn: string(20) unique; published_year: integer min 0 optional; pages: integer "
            "min 1 optional"
        ),
        "author -> Author; category -> Category optional; publisher -> Publisher optional; genre -> Genre optional",
    ),
    entity(
        "Author",
        "author; writer; autor; autora; escritor",
        "Somebody who writes",
        "name: string(150); biography: text optional; birth_date: date optional",
    ),
    entity("Publisher", "publisher; editorial", "A company that publishes", "name: string(150) unique"),
    entity("Genre", "genre; genero", "A kind of work", "name: string(80) unique"),
    entity(
        "Loan",
        "loan; prestamo; borrowing",
        "Something lent for a time",
        "loaned_on: date; due_on: date; returned_on: date optional",
        "book -> Book; member -> Member; user -> User; equipment -> Equipment; student -> Student",
    ),
    entity(
        "Member",
        "member; socio; socia; miembro; afiliado",
        "Somebody who belongs to the organisation",
        "name: string(100); email: email unique; joined_on: date; is_active: boolean = true",
        "team -> Team optional; plan -> Plan optional",
    ),
    entity(
        "Post",
        "post; blog post; entrada; publicacion",
        "A text that is published",
        (
            "title: string(200); body: text; status: choice draft|published|archived = draft; published_at: "
            "datetime optional"
        ),
        "user -> User; author -> Author; category -> Category optional; tags <-> Tag",
    ),
    entity(
        "Article",
        "article; articulo; news item; noticia",
        "A text that is published",
        (
            "title: string(200); body: text; status: choice draft|published|archived = draft; published_at: "
            "datetime optional"
        ),
        "author -> Author; user -> User; category -> Category optional; tags <-> Tag",
    ),
    entity(
        "Movie",
        "movie; film; pelicula",
        "A film",
        "title: string(200); release_year: integer min 1888; duration_minutes: integer min 1; synopsis: text optional",
        "director -> Director optional; genre -> Genre optional; actors <-> Actor",
    ),
    entity("Director", "director; directora", "Somebody who directs", "name: string(150); birth_date: date optional"),
    entity("Actor", "actor; actress; actriz", "Somebody who acts", "name: string(150); birth_date: date optional"),
    entity(
        "Song",
        "song; cancion",
        "A piece of music",
        "title: string(200); duration_seconds: integer min 1",
        "album -> Album optional; artist -> Artist",
    ),
    entity(
        "Album",
        "album; disco",
        "A collection of songs",
        "title: string(200); release_year: integer min 1900",
        "artist -> Artist",
    ),
    entity(
        "Artist", "artist; artista; musico", "Somebody who makes art", "name: string(150); country: string(80) optional"
    ),
    entity(
        "Playlist",
        "playlist; lista de reproduccion",
        "Songs that somebody put together",
        "name: string(150); is_public: boolean = false",
        "user -> User; songs <-> Song",
    ),
    entity(
        "Photo",
        "photo; picture; foto; fotografia",
        "A picture",
        "title: string(200); url: string(500); taken_on: date optional",
        "user -> User; album -> Album optional",
    ),
    entity(
        "Document",
        "document; doc; documento",
        "A document that is kept",
        "title: string(200); body: text optional; status: choice draft|final = draft",
        "user -> User; project -> Project optional",
    ),
    entity(
        "Message",
        "message; mensaje",
        "What somebody wrote to somebody",
        "body: text; is_read: boolean = false",
        "user -> User",
    ),
]
