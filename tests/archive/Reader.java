import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.OutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Reads an archive as a stream, checking every CRC, and prints each entry's name and size. */
class Reader {
    public static void main(String[] arguments) throws Exception {
        try (var archive = new ZipInputStream(new BufferedInputStream(new FileInputStream(arguments[0]), 1 << 20))) {
            for (ZipEntry entry; (entry = archive.getNextEntry()) != null; ) {
                System.out.println(entry.getName() + " " + archive.transferTo(OutputStream.nullOutputStream()));
            }
        }
    }
}
